// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// end is the end of an analysis on its way into ledger_closed.
type end struct {
	analysis.Closed
	recordedAt time.Time
}

var closedTable = table[end]{
	{"analysis_id", textKind, func(b []byte, e *end) []byte { return appendText(b, e.AnalysisID) }},
	{"trace_id", byteaKind, func(b []byte, e *end) []byte { return appendBytes(b, e.Key.Trace[:]) }},
	{"span_id", byteaKind, func(b []byte, e *end) []byte { return appendBytes(b, e.Key.Span[:]) }},
	{"start_time", timestampKind, func(b []byte, e *end) []byte { return appendTime(b, e.Start) }},
	{"end_time", timestampKind, func(b []byte, e *end) []byte { return appendTime(b, e.End) }},
	{"recorded_at", timestampKind, func(b []byte, e *end) []byte { return appendTime(b, e.recordedAt) }},
	{"calls", bigintKind, func(b []byte, e *end) []byte { return appendInt64(b, e.Calls) }},
	{"input_tokens", bigintKind, func(b []byte, e *end) []byte { return appendInt64(b, e.Input) }},
	{"output_tokens", bigintKind, func(b []byte, e *end) []byte { return appendInt64(b, e.Output) }},
}

// compareEnds orders ends as the primary key does, by bytes.
func compareEnds(a, b *end) int {
	return cmp.Or(cmp.Compare(a.AnalysisID, b.AnalysisID), a.Key.Compare(b.Key))
}
