// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// CheckTruth compares the list of all analyses with the truth, and of the
// analyses that are named the summary with all call details. It returns the
// first difference of each kind.
func CheckTruth(t *testing.T, r ledger.Reader, truth map[string]analysis.Summary, named ...string) error {
	t.Helper()
	listed, err := r.List(t.Context(), ledger.ListQuery{Limit: len(truth) + 1})
	if err != nil {
		return err
	}
	found := make(map[string]string, len(listed))
	for i := range listed {
		found[listed[i].AnalysisID] = document(t, listed[i])
	}
	want := make(map[string]string, len(truth))
	for id := range truth {
		want[id] = document(t, LimitDetails(truth[id], 0))
	}
	errs := []error{differ("list", want, found)}
	for _, id := range named {
		summary, err := r.Summary(t.Context(), id, AllDetails)
		if got := document(t, summary); err == nil && got != document(t, truth[id]) {
			err = fmt.Errorf("summary of %s\n\twant:  %s\n\tfound: %s", id, document(t, truth[id]), got)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// CheckViews compares every row and every column of the views with the calls,
// whose keys are distinct, and their truth; only updated_at is not known. It
// returns the first difference of each view.
func CheckViews(t *testing.T, query Query, calls []analysis.Call, truth map[string]analysis.Summary) error {
	t.Helper()
	v := &views{t: t, query: query}
	details := make(map[string]cells, len(calls))
	canonical := make([]analysis.Call, len(calls))
	for i := range calls {
		canonical[i] = ledger.Canonical(calls[i])
		details[canonical[i].Key.Trace.String()+canonical[i].Key.Span.String()] = callCells(t, &canonical[i])
	}
	groups := make(map[string]cells)
	all := analysis.FoldGroups(canonical)
	for i := range all {
		groups[fmt.Sprint(all[i].Key)] = groupCells(&all[i])
	}
	summaries := make(map[string]cells, len(truth))
	for id := range truth {
		summaries[id] = summaryCells(t, truth[id])
	}
	return errors.Join(
		v.differ("call", details, func(row cells) string { return row["trace_id"] + row["span_id"] }),
		v.differ("call_type_summary", groups, groupKey),
		v.differ("analysis_summary", summaries, func(row cells) string { return row["analysis_id"] }),
	)
}

func groupKey(row cells) string {
	return fmt.Sprint(analysis.GroupKey{
		AnalysisID: row["analysis_id"], CallType: analysis.CallType(row["call_type"]),
		Provider: row["provider"], Model: row["model"],
	})
}

// differ compares a view with the rows that it has to hold, by their key. It
// uses them up.
func (v *views) differ(view string, want map[string]cells, key func(row cells) string) error {
	v.t.Helper()
	rows := v.rows("SELECT * FROM " + view)
	wrong := 0
	var first error
	for _, row := range rows {
		expected, ok := want[key(row)]
		delete(want, key(row)) // one that comes again is one too many
		if ok && holds(row, expected) {
			continue
		}
		wrong++
		if first == nil {
			first = fmt.Errorf("%s of %.80q\n\twant:  %v\n\tfound: %v", view, key(row), expected, row)
		}
	}
	for k := range want {
		wrong++
		if first == nil {
			first = fmt.Errorf("%s has no %.80q", view, k)
		}
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("%d rows differ, such as %w", wrong, first)
}

// holds reports whether a row has what the truth tells of it.
func holds(row, want cells) bool {
	for column, value := range want {
		if row[column] != value {
			return false
		}
	}
	return true
}

// differ returns an error that names the first key with another value.
func differ(what string, want, found map[string]string) error {
	all := maps.Clone(want)
	maps.Copy(all, found)
	n := 0
	var first error
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if want[key] == found[key] {
			continue
		}
		n++
		if first == nil {
			first = fmt.Errorf("%s of %.80q\n\twant:  %s\n\tfound: %s", what, key, want[key], found[key])
		}
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("%d of %d differ, such as %w", n, len(want), first)
}
