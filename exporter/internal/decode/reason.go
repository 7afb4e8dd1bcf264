// SPDX-License-Identifier: Apache-2.0

package decode

// Drop says why a span that looks like a call, or like the end of an
// analysis, is not counted.
type Drop uint8

// The reasons to drop a span.
const (
	// DropNoIDs: the trace id or the span id is zero, and without them a
	// second delivery could not be told from a second call.
	DropNoIDs Drop = iota
	// DropNoTime: neither a start nor an end is given, and the ledger is kept
	// by time.
	DropNoTime
	// DropNoAnalysis: none of the configured attributes names an analysis,
	// and the configuration says to drop such spans.
	DropNoAnalysis
	// DropUnclassified: the span carries token counts, but nothing tells
	// whether it is one call or the sum of several.
	DropUnclassified
	// DropBadClose: an analysis span whose number of calls cannot be read.
	DropBadClose

	// NumDrops is the number of reasons to drop a span.
	NumDrops = iota
)

var dropNames = [NumDrops]string{
	DropNoIDs:        "no_ids",
	DropNoTime:       "no_time",
	DropNoAnalysis:   "no_analysis_id",
	DropUnclassified: "unclassified",
	DropBadClose:     "bad_analysis_span",
}

// String returns the reason as metrics spell it.
func (d Drop) String() string { return dropNames[d] }

// Mend says what had to be put right in a span that is counted.
type Mend uint8

// The reasons to mend a span.
const (
	// MendText: text with NUL bytes or invalid UTF-8, which becomes U+FFFD.
	MendText Mend = iota
	// MendLength: text longer than MaxTextBytes is cut, and ends in a hash of
	// the whole so that distinct ids stay distinct; of finish reasons the
	// first MaxFinishReasons are kept.
	MendLength
	// MendRetyped: a value of another type than the conventions say that has
	// one meaning all the same: "123" or 123.0 for a count, 42 for a name.
	MendRetyped
	// MendWrongType: a value of a type without meaning is ignored.
	MendWrongType
	// MendCount: a negative count, one above MaxCount, or a request with more
	// input than its call is unknown.
	MendCount
	// MendWhole: an input, or an output, that leaves out tokens which the
	// conventions count within it, those of caches or of thought, is raised by
	// them. Either they are more than it, or the provider's total tells.
	MendWhole
	// MendUsageStatus: a usage status that does not exist or contradicts the
	// counts is worked out from the counts.
	MendUsageStatus
	// MendTime: a start that is not given is the end; an end that is not
	// given, lies before the start or more than MaxDuration behind it is the
	// start.
	MendTime
	// MendErrorType: an error type that is not a name but a message is
	// replaced by "_OTHER", for messages may hold prompts, answers and keys.
	MendErrorType

	// NumMends is the number of reasons to mend a span.
	NumMends = iota
)

var mendNames = [NumMends]string{
	MendText:        "invalid_text",
	MendLength:      "too_long",
	MendRetyped:     "retyped",
	MendWrongType:   "wrong_type",
	MendCount:       "count_out_of_range",
	MendWhole:       "parts_left_out",
	MendUsageStatus: "usage_status",
	MendTime:        "time",
	MendErrorType:   "error_type",
}

// String returns the reason as metrics spell it.
func (m Mend) String() string { return mendNames[m] }

// mendSet holds each Mend of one span once.
type mendSet uint16

func (s *mendSet) add(m Mend) { *s |= 1 << m }

// moveTo counts the members of the set, and empties it.
func (s *mendSet) moveTo(counts *[NumMends]int) {
	for m := 0; *s != 0; m, *s = m+1, *s>>1 {
		counts[m] += int(*s & 1)
	}
}
