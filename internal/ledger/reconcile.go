// SPDX-License-Identifier: Apache-2.0

package ledger

import "context"

// Reconciler is a store that can prove its sums.
type Reconciler interface {
	// Reconcile adds up the rows of the ledger, analysis by analysis, and
	// compares the result with what the views and Summary say. It looks at a
	// page of analyses at a time, each page as of one moment, so that it takes
	// a bounded amount of memory and finds no difference that is only somebody
	// writing meanwhile. Its last look, for spans that are there twice or are
	// rolled up wrongly, is one query over all calls. It changes nothing.
	Reconcile(ctx context.Context, query ReconcileQuery) (Reconciliation, error)
}

// DefaultDifferenceLimit is the Limit of a ReconcileQuery that has none.
const DefaultDifferenceLimit = 100

// ReconcileQuery says how to reconcile. The zero value is ready to use.
type ReconcileQuery struct {
	// Limit is the most differences that are returned; all are counted.
	// Defaults to DefaultDifferenceLimit.
	Limit int
	// Progress, where it is set, is told now and then how many analyses and
	// calls have been looked at.
	Progress func(analyses, calls int64)
}

// Reconciliation is what Reconcile found.
type Reconciliation struct {
	// Analyses and Calls were looked at.
	Analyses int64 `json:"analyses"`
	Calls    int64 `json:"calls"`
	// PastRetention counts the analyses of which calls have been dropped. Their
	// sums cannot be added up again: they must not be less than those of the
	// calls that are left.
	PastRetention int64 `json:"analyses_past_retention"`
	// Found counts all differences, and Differences holds the first of them.
	Found       int64        `json:"differences_found"`
	Differences []Difference `json:"differences"`
}

// Agrees reports whether sums and rows agree in everything.
func (r *Reconciliation) Agrees() bool { return r.Found == 0 }

// DifferenceKind says what is wrong.
type DifferenceKind string

// The kinds of differences.
const (
	// SumDiffers: a column of a view, or of the Summary, is not what the rows
	// add up to.
	SumDiffers DifferenceKind = "sum"
	// SumsMissing: calls that are marked as added to sums have none.
	SumsMissing DifferenceKind = "sums_missing"
	// SumsWithoutAnalysis, CallsWithoutAnalysis and EndsWithoutAnalysis: no
	// summary shows them, for the analysis is not in the ledger's list.
	SumsWithoutAnalysis  DifferenceKind = "sums_without_analysis"
	CallsWithoutAnalysis DifferenceKind = "calls_without_analysis"
	EndsWithoutAnalysis  DifferenceKind = "ends_without_analysis"
	// CallTwice: one span is several rows. That is what becomes of a span that
	// was delivered with different analysis ids or start times.
	CallTwice DifferenceKind = "call_twice"
	// RolledUpDiffers: a call is rolled up and none is nested in it, or counts
	// although one is.
	RolledUpDiffers DifferenceKind = "rolled_up"
)

// The places that a Difference names beside the views.
const (
	ViewAnalysis  = "analysis_summary"
	ViewCallType  = "call_type_summary"
	ViewBreakdown = "token_usage_breakdown"
	ViewSummary   = "summary"
	ViewCall      = "call"
)

// Difference is one value that the sums and the rows do not agree on. Values
// are as the views spell them, "unknown" for NULL.
type Difference struct {
	Kind       DifferenceKind `json:"kind"`
	AnalysisID string         `json:"analysis_id"`
	CallType   string         `json:"call_type,omitempty"`
	Provider   string         `json:"provider,omitempty"`
	Model      string         `json:"model,omitempty"`
	// View and Column say where the sum stands. For CallTwice and RolledUpDiffers
	// the column is the key, trace id and span id.
	View   string `json:"view"`
	Column string `json:"column"`
	InSums string `json:"in_sums"`
	InRows string `json:"in_rows"`
}
