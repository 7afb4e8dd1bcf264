// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Query runs a statement as a dashboard would, and returns the names of the
// columns and the cells as the database's own text; nil is NULL.
type Query func(t *testing.T, statement string) (columns []string, rows [][]*string)

// RunViews holds the views of a store to [ViewColumns] and to the figures of
// the summaries. newLedger makes an empty ledger and opens it once; the suite
// closes the store.
func RunViews(t *testing.T, newLedger func(t *testing.T) (ledger.Store, Query)) {
	t.Helper()
	for name, run := range map[string]func(v *views){
		"Columns":         (*views).columns,
		"AnalysisSummary": (*views).analysisSummary,
		"CallTypeSummary": (*views).callTypeSummary,
		"Call":            (*views).call,
		"Empty":           (*views).empty,
		"Nesting":         (*views).nesting,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, query := newLedger(t)
			t.Cleanup(s.Close)
			run(&views{t: t, store: s, query: query})
		})
	}
}

type views struct {
	t     *testing.T
	store ledger.Store
	query Query
}

// cells is one row of a view in the words of the truth: numbers and times in
// one form whatever the database.
type cells map[string]string

func (v *views) rows(statement string) []cells {
	v.t.Helper()
	columns, rows := v.query(v.t, statement)
	out := make([]cells, len(rows))
	for i, row := range rows {
		out[i] = make(cells, len(columns))
		for j, column := range columns {
			out[i][column] = normalize(v.t, column, row[j])
		}
	}
	return out
}

const null = "NULL"

// normalize leaves names, counts and amounts as they are.
func normalize(t *testing.T, column string, cell *string) string {
	t.Helper()
	switch {
	case cell == nil:
		return null
	case strings.HasSuffix(column, "_time"), strings.HasSuffix(column, "_at"):
		return viewTime(parseTime(t, *cell))
	case strings.HasSuffix(column, "_seconds"):
		f, err := strconv.ParseFloat(*cell, 64)
		require.NoError(t, err, column)
		return viewSeconds(f)
	case column == "success", column == "stream":
		b, err := strconv.ParseBool(*cell)
		require.NoError(t, err, column)
		return strconv.FormatBool(b)
	case column == "token_usage_breakdown", column == "finish_reasons":
		return canonicalJSON(t, *cell)
	}
	return *cell
}

func parseTime(t *testing.T, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	require.Fail(t, "not a time", text)
	return time.Time{}
}

func viewTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") }

func viewSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 6, 64) }

// canonicalJSON sorts keys and keeps every digit of numbers.
func canonicalJSON(t *testing.T, text string) string {
	t.Helper()
	var value any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	out, err := json.Marshal(value)
	require.NoError(t, err)
	return string(out)
}

func (v *views) columns() {
	for name, want := range ViewColumns {
		got, rows := v.query(v.t, "SELECT * FROM "+name)
		require.Equal(v.t, want, got, name)
		require.Empty(v.t, rows)
	}
}

func (v *views) empty() {
	closed := end(1, "only closed", 2)
	mustFold(v.t, v.store, nil, closed)
	rows := v.rows("SELECT * FROM analysis_summary")
	require.Len(v.t, rows, 1)
	truth := Truth(v.t, nil, closed)
	v.requireRow(summaryCells(v.t, truth[closed.AnalysisID]), rows[0])
	require.Equal(v.t, "0", rows[0]["cost_usd"])
	require.Equal(v.t, "{}", rows[0]["token_usage_breakdown"])
	require.Empty(v.t, v.rows("SELECT * FROM call_type_summary"))
}

// populate folds calls of every kind, those of which nothing is known among
// them, and drops the details of some.
func (v *views) populate(seed uint64) ([]analysis.Call, map[string]analysis.Summary) {
	calls := Calls(seed, 150, Shape{Analyses: 20})
	for i := range calls {
		switch calls[i].AnalysisID {
		case "analysis_1":
			calls[i].Usage, calls[i].Cost = analysis.Usage{}, analysis.Cost{}
		case "analysis_2":
			calls[i].Cost = analysis.Cost{}
		case "analysis_3":
			calls[i].AnalysisID = HostileTexts[i%4]
		}
	}
	ends := Ends(seed, calls)
	mustFold(v.t, v.store, calls[:70], ends...)
	mustFold(v.t, v.store, calls[70:])
	return calls, Truth(v.t, calls, ends...)
}

func (v *views) analysisSummary() {
	calls, truth := v.populate(71)
	for range 2 {
		rows := v.rows("SELECT * FROM analysis_summary ORDER BY start_time")
		require.Len(v.t, rows, len(truth))
		for _, row := range rows {
			v.requireRow(summaryCells(v.t, truth[row["analysis_id"]]), row)
			require.NotEqual(v.t, null, row["updated_at"])
		}
		one := v.rows("SELECT * FROM analysis_summary WHERE analysis_id = 'analysis_1'")
		require.Len(v.t, one, 1)
		require.Equal(v.t, null, one[0]["total_tokens"])
		_, err := v.store.Prune(v.t.Context(), median(calls))
		require.NoError(v.t, err)
	}
}

func (v *views) callTypeSummary() {
	calls, _ := v.populate(72)
	for i := range calls {
		calls[i] = ledger.Canonical(calls[i])
	}
	rows := v.rows("SELECT * FROM call_type_summary")
	groups := analysis.FoldGroups(calls)
	require.Len(v.t, rows, len(groups))
	for _, row := range rows {
		i := slices.IndexFunc(groups, func(g analysis.Group) bool {
			return g.Key.AnalysisID == row["analysis_id"] && string(g.Key.CallType) == row["call_type"] &&
				g.Key.Provider == row["provider"] && g.Key.Model == row["model"]
		})
		require.GreaterOrEqual(v.t, i, 0)
		v.requireRow(groupCells(&groups[i]), row)
	}
}

func (v *views) call() {
	calls, _ := v.populate(73)
	rows := v.rows("SELECT * FROM call")
	require.Len(v.t, rows, len(calls))
	for _, row := range rows {
		i := slices.IndexFunc(calls, func(c analysis.Call) bool {
			return c.Key.Trace.String() == row["trace_id"] && c.Key.Span.String() == row["span_id"]
		})
		require.GreaterOrEqual(v.t, i, 0)
		c := ledger.Canonical(calls[i])
		v.requireRow(callCells(v.t, &c), row)
	}
}

// requireRow compares the columns that the truth tells.
func (v *views) requireRow(want, got cells) {
	v.t.Helper()
	columns := slices.Sorted(maps.Keys(want))
	told := make(cells, len(columns))
	for _, column := range columns {
		told[column] = got[column]
	}
	require.Equal(v.t, want, told)
}
