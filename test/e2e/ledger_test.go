// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// views is what a ledger's three views say, each by itself.
type views struct {
	Calls      books              // added up from call
	CallTypes  books              // call_type_summary
	Breakdowns books              // analysis_summary.token_usage_breakdown
	Totals     map[string]figures // analysis_summary
	Incomplete map[string]string  // analyses that are not complete
}

// requireLedger waits until all views say what the books say. More than that
// is an error at once.
func requireLedger(t *testing.T, db *sql.DB, want books) {
	t.Helper()
	eventually(t, "the ledger's views", func() error {
		found, err := readViews(t.Context(), db)
		if err != nil {
			return err
		}
		require.LessOrEqual(t, found.Calls.calls(), want.calls(), "the ledger has more calls than there were")
		return found.differFrom(want)
	})
}

// differFrom says where a view differs from the books, all of whose analyses
// have ended.
func (v *views) differFrom(want books) error {
	return errors.Join(
		difference("call", want, v.Calls),
		difference("call_type_summary", want, v.CallTypes),
		difference("analysis_summary.token_usage_breakdown", want, v.Breakdowns),
		difference("analysis_summary", want.totals(), v.Totals),
		difference("analyses that are not complete", map[string]string{}, v.Incomplete),
	)
}

// difference names the first analysis of which something else is found.
func difference[V any](view string, want, found map[string]V) error {
	all := maps.Clone(want)
	maps.Copy(all, found)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if !assert.ObjectsAreEqual(want[id], found[id]) {
			return fmt.Errorf("%s of %s\n\twant:  %+v\n\tfound: %+v", view, id, want[id], found[id])
		}
	}
	return nil
}

func readViews(ctx context.Context, db *sql.DB) (v views, err error) {
	calls, errCalls := readBooks(ctx, db, callQuery)
	callTypes, errTypes := readBooks(ctx, db, callTypeQuery)
	if err := errors.Join(errCalls, errTypes); err != nil {
		return views{}, err
	}
	v = views{
		Calls: calls, CallTypes: callTypes,
		Breakdowns: books{}, Totals: map[string]figures{}, Incomplete: map[string]string{},
	}
	err = v.readSummaries(ctx, db)
	return v, err
}

const callQuery = `
SELECT analysis_id, call_type, count(*),
    sum(CASE WHEN success THEN 0 ELSE 1 END),
    sum(CASE WHEN usage_status = 'unknown' THEN 1 ELSE 0 END),
    sum(CASE WHEN usage_status = 'partial' THEN 1 ELSE 0 END),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cache_read_tokens), 0),
    coalesce(sum(reasoning_tokens), 0), coalesce(sum(tool_use_tokens), 0)
FROM call
GROUP BY analysis_id, call_type`

const callTypeQuery = `
SELECT analysis_id, call_type, sum(calls),
    sum(failed_calls),
    sum(calls_without_usage),
    sum(partial_calls),
    coalesce(sum(total_input_tokens), 0), coalesce(sum(total_output_tokens), 0), coalesce(sum(cache_read_tokens), 0),
    coalesce(sum(reasoning_tokens), 0), coalesce(sum(tool_use_tokens), 0)
FROM call_type_summary
GROUP BY analysis_id, call_type`

func readBooks(ctx context.Context, db *sql.DB, query string) (books, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	b := books{}
	for rows.Next() {
		var id, callType string
		var f figures
		if err := rows.Scan(&id, &callType, &f.Calls, &f.Failed, &f.WithoutUsage, &f.Partial,
			&f.Input, &f.Output, &f.CacheRead, &f.Reasoning, &f.ToolUse); err != nil {
			return nil, err
		}
		b.add(id, callType, f)
	}
	return b, rows.Err()
}

const summaryQuery = `
SELECT analysis_id, llm_calls_count, failed_calls, calls_without_usage, partial_calls,
    coalesce(total_input_tokens, 0), coalesce(total_output_tokens, 0), coalesce(cache_read_tokens, 0),
    coalesce(reasoning_tokens, 0), coalesce(tool_use_tokens, 0),
    completeness, CAST(token_usage_breakdown AS text)
FROM analysis_summary`

func (v *views) readSummaries(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, summaryQuery)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, completeness, breakdown string
		var f figures
		if err := rows.Scan(&id, &f.Calls, &f.Failed, &f.WithoutUsage, &f.Partial,
			&f.Input, &f.Output, &f.CacheRead, &f.Reasoning, &f.ToolUse, &completeness, &breakdown); err != nil {
			return err
		}
		v.Totals[id] = f
		if completeness != "complete" {
			v.Incomplete[id] = completeness
		}
		if v.Breakdowns[id], err = parseBreakdown([]byte(breakdown)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// parseBreakdown reads the breakdown by call type of a view or of a document.
func parseBreakdown(raw []byte) (bill, error) {
	var byType map[string]struct {
		Calls        int64 `json:"calls"`
		Failed       int64 `json:"failed_calls"`
		WithoutUsage int64 `json:"calls_without_usage"`
		Partial      int64 `json:"partial_calls"`
		Input        int64 `json:"total_input_tokens"` // null stays 0
		Output       int64 `json:"total_output_tokens"`
		CacheRead    int64 `json:"cache_read_tokens"`
		Reasoning    int64 `json:"reasoning_tokens"`
		ToolUse      int64 `json:"tool_use_tokens"`
	}
	if err := json.Unmarshal(raw, &byType); err != nil {
		return nil, err
	}
	b := bill{}
	for callType, d := range byType {
		b[callType] = figures{
			Calls: d.Calls, Failed: d.Failed, WithoutUsage: d.WithoutUsage, Partial: d.Partial,
			Input: d.Input, Output: d.Output, CacheRead: d.CacheRead, Reasoning: d.Reasoning, ToolUse: d.ToolUse,
		}
	}
	return b, nil
}

// countCalls returns how many calls the ledger has now.
func countCalls(t *testing.T, db *sql.DB) int64 {
	t.Helper()
	var n int64
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM call`).Scan(&n))
	return n
}

// spanIDs returns the span ids of all calls in the ledger.
func spanIDs(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT span_id FROM call`)
	require.NoError(t, err)
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		require.NoError(t, rows.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(t, rows.Err())
	return ids
}
