// SPDX-License-Identifier: Apache-2.0

package analysis

import "fmt"

// UsageStatus says how far the counts of a Usage can be trusted.
type UsageStatus uint8

// The statuses of a Usage. The zero value is StatusUnknown.
const (
	// StatusUnknown: the provider reported nothing.
	StatusUnknown UsageStatus = iota
	// StatusReported: the provider's final counts.
	StatusReported
	// StatusPartial: counts seen before a stream was cut, a lower bound.
	StatusPartial
	// StatusEstimated: counts that we worked out, not the provider.
	StatusEstimated
)

// String returns the status as spans and tables spell it.
func (s UsageStatus) String() string {
	switch s {
	case StatusReported:
		return "reported"
	case StatusPartial:
		return "partial"
	case StatusEstimated:
		return "estimated"
	default:
		return "unknown"
	}
}

// ParseUsageStatus reads what String writes.
func ParseUsageStatus(s string) (UsageStatus, error) {
	switch s {
	case "unknown":
		return StatusUnknown, nil
	case "reported":
		return StatusReported, nil
	case "partial":
		return StatusPartial, nil
	case "estimated":
		return StatusEstimated, nil
	}
	return StatusUnknown, fmt.Errorf("usage status %q: want reported, partial, estimated or unknown", s)
}

// Usage is the token counts of one Call, in tokens, whatever the provider's
// own arithmetic: Input is all that was sent, Output all that was generated.
type Usage struct {
	Status UsageStatus

	// Input includes CacheRead, CacheWrite and ToolUse.
	Input Count
	// Output includes Reasoning.
	Output Count

	// CacheRead is the part of Input that came from a cache.
	CacheRead Count
	// CacheWrite is the part of Input that was written to a cache.
	CacheWrite Count
	// Reasoning is the part of Output that the model spent on thought.
	Reasoning Count
	// ToolUse is the part of Input that the results of server-side tools made.
	ToolUse Count

	// LargestInput is the input of the largest single request of the Call,
	// where several of its requests reported theirs. It is unknown where one
	// did, for then that is Input. Prices that depend on the size of a request
	// need it.
	LargestInput Count

	// ProviderTotal is the provider's own total. It should equal Input +
	// Output; where it does not, Unaccounted tells by how much.
	ProviderTotal Count

	// InputBy and OutputBy split Input and Output by modality, as far as the
	// provider did.
	InputBy, OutputBy Modalities
}

// Modalities splits a count by the kind of content. The parts need not add
// up to the whole: providers leave parts out.
type Modalities struct {
	Text, Image, Audio, Video Count
}

// Total returns Input + Output, unknown where both are.
func (u *Usage) Total() Count { return u.Input.Add(u.Output) }

// LargestRequest returns the input of the largest single request, as far as it
// is known: LargestInput, and else Input.
func (u *Usage) LargestRequest() Count {
	if u.LargestInput.IsKnown() {
		return u.LargestInput
	}
	return u.Input
}

// Unaccounted returns by how many tokens the provider's total exceeds what is
// known of Input + Output (negative: falls short of it). It is unknown where
// the provider gave no total.
func (u *Usage) Unaccounted() Count {
	if !u.ProviderTotal.IsKnown() {
		return Unknown()
	}
	return Known(u.ProviderTotal.OrZero() - u.Input.OrZero() - u.Output.OrZero())
}
