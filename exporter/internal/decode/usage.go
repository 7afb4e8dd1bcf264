// SPDX-License-Identifier: Apache-2.0

package decode

import "github.com/spanledger/spanledger/internal/analysis"

// usage reads the token counts. What is not there, or makes no sense, is
// unknown.
func (r *reader) usage() analysis.Usage {
	r.reported = false
	if !r.span.hasTokens() {
		return analysis.Usage{Status: r.usageStatus()}
	}
	u := analysis.Usage{
		Input:         r.tokens(fieldInput),
		Output:        r.tokens(fieldOutput),
		CacheRead:     r.tokens(fieldCacheRead),
		CacheWrite:    r.tokens(fieldCacheWrite),
		Reasoning:     r.tokens(fieldReasoning),
		ToolUse:       r.tokens(fieldToolUse),
		ProviderTotal: r.tokens(fieldTotal),
		InputBy: analysis.Modalities{
			Text: r.tokens(fieldTextInput), Image: r.tokens(fieldImageInput),
			Audio: r.tokens(fieldAudioInput), Video: r.tokens(fieldVideoInput),
		},
		OutputBy: analysis.Modalities{
			Text: r.tokens(fieldTextOutput), Image: r.tokens(fieldImageOutput),
			Audio: r.tokens(fieldAudioOutput), Video: r.tokens(fieldVideoOutput),
		},
	}
	u.LargestInput = r.largestInput(u.Input)
	u.Status = r.usageStatus()
	return u
}

// largestInput reads the input of the largest request of a call, which cannot
// be more than all its input.
func (r *reader) largestInput(input analysis.Count) analysis.Count {
	if !r.span.has(fieldLargestInput) {
		return analysis.Unknown()
	}
	largest := r.count(r.span.values[fieldLargestInput], MaxCount)
	if largest.IsKnown() && (!input.IsKnown() || largest.OrZero() > input.OrZero()) {
		r.add(MendCount)
		return analysis.Unknown()
	}
	return largest
}

func (r *reader) tokens(f field) analysis.Count {
	if !r.span.has(f) {
		return analysis.Unknown()
	}
	c := r.count(r.span.values[f], MaxCount)
	r.reported = r.reported || c.IsKnown()
	return c
}

// usageStatus reads the status that the span gives, where it agrees with the
// counts on whether anything is known. Any count stands for a report.
func (r *reader) usageStatus() analysis.UsageStatus {
	derived := analysis.StatusUnknown
	if r.reported {
		derived = analysis.StatusReported
	}
	name := r.name(fieldUsageStatus)
	if name == "" {
		return derived
	}
	status, err := analysis.ParseUsageStatus(name)
	if err != nil || (status == analysis.StatusUnknown) != (derived == analysis.StatusUnknown) {
		r.add(MendUsageStatus)
		return derived
	}
	return status
}
