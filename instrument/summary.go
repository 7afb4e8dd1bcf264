// SPDX-License-Identifier: Apache-2.0

package instrument

import "github.com/spanledger/spanledger/internal/analysis"

// Summary is what a process knows of one analysis: totals over all calls that
// have ended, and the same per call type. It is a value: what happens to the
// analysis later does not change it.
//
//	type Summary struct {
//		AnalysisID string
//		Attribution              // Subject, UserID, UserTier, TenantID
//		Totals                   // of all calls
//		Start, End   time.Time   // End is the time of the snapshot while the analysis runs
//		Breakdowns   []Breakdown // one per call type, in order of first start
//		OmittedCalls int64       // calls in the sums and not in the details
//		Completeness             // Open or Complete
//		…
//	}
//
// String returns the people's summary, MarshalJSON the document that the
// command line and the HTTP API print.
type Summary = analysis.Summary

// Breakdown is the part of a [Summary] of one call type.
//
//	type Breakdown struct {
//		CallType
//		Totals
//		Details []CallDetail // in order of start, as many as the analysis keeps
//	}
type Breakdown = analysis.Breakdown

// Totals are sums over calls: Calls, Failed, WithoutUsage and their like, and
// sums of tokens, which InputTokens, OutputTokens, TotalTokens and their like
// return as a [Count], and CostUSD as an [Amount].
type Totals = analysis.Totals

// CallDetail is one finished call: its ids, model, times, [Usage], error type
// and [Cost].
type CallDetail = analysis.Call

// Attribution says what an analysis is about and who pays: Subject, UserID,
// UserTier, TenantID.
type Attribution = analysis.Attribution

// CallType is the application's name for the step that a call is, of low
// cardinality: "indicator_summary". A slash makes levels:
// "additional_content/write_tweet".
type CallType = analysis.CallType

// Completeness says whether every call of an analysis is counted.
type Completeness = analysis.Completeness

// The states of completeness.
const (
	// Open: the analysis has not ended.
	Open = analysis.Open
	// Complete: the analysis has ended, and every call is counted.
	Complete = analysis.Complete
)

// Usage is the token counts of one call, whatever the provider's arithmetic:
// Input and Output, and the parts CacheRead, CacheWrite and ToolUse of Input
// and Reasoning of Output. Each is a [Count].
type Usage = analysis.Usage

// UsageStatus says how far the counts of a [Usage] can be trusted.
type UsageStatus = analysis.UsageStatus

// The statuses of a usage. The zero value is StatusUnknown.
const (
	// StatusUnknown: the provider reported nothing.
	StatusUnknown = analysis.StatusUnknown
	// StatusReported: the provider's final counts.
	StatusReported = analysis.StatusReported
	// StatusPartial: counts seen before a stream was cut, a lower bound.
	StatusPartial = analysis.StatusPartial
	// StatusEstimated: counts that were worked out, not reported.
	StatusEstimated = analysis.StatusEstimated
)

// Modalities splits a count by the kind of content: Text, Image, Audio, Video.
type Modalities = analysis.Modalities

// Count is a number of tokens that may be unknown. The zero Count is unknown.
// Value returns the number and whether it is known, OrZero the number alone.
type Count = analysis.Count

// Known returns a Count of n tokens.
func Known(n int64) Count { return analysis.Known(n) }

// Amount is exact money in USD. String returns the dollars in decimals.
type Amount = analysis.Amount

// Cost is the price of one call: Amount, Priced and PriceListVersion.
type Cost = analysis.Cost
