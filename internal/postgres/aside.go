// SPDX-License-Identifier: Apache-2.0

package postgres

// aside is a call that is kept out of the sums, on its way into ledger_late.
type aside struct {
	*row
	reason string
}

// The reasons to set a call aside.
const (
	reasonLate   = "late"
	reasonFuture = "future"
)

func fromRow(write writeRow) func(b []byte, a *aside) []byte {
	return func(b []byte, a *aside) []byte { return write(b, a.row) }
}

var lateTable = table[aside]{
	{"analysis_id", textKind, fromRow(writeAnalysis)},
	{"start_time", timestampKind, fromRow(writeStart)},
	{"trace_id", byteaKind, fromRow(writeTrace)},
	{"span_id", byteaKind, fromRow(writeSpan)},
	{"recorded_at", timestampKind, fromRow(writeRecorded)},
	{"reason", textKind, func(b []byte, a *aside) []byte { return appendText(b, a.reason) }},
	{"call_type", textKind, fromRow(writeType)},
	{"provider", textKind, fromRow(writeProvider)},
	{"model", textKind, func(b []byte, a *aside) []byte { return appendText(b, a.Model()) }},
	{"input_tokens", bigintKind, func(b []byte, a *aside) []byte { return appendCount(b, a.Usage.Input) }},
	{"output_tokens", bigintKind, func(b []byte, a *aside) []byte { return appendCount(b, a.Usage.Output) }},
	{"cost_pico", bigintKind, fromRow(writeCost)},
}
