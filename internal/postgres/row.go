// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// row is a call on its way into ledger_call. The call is canonical, and may be
// the caller's: nothing changes it.
type row struct {
	*analysis.Call
	recordedAt time.Time
	// folded rows are in ledger_rollup.
	folded bool
	// nested rows are rolled up, and in no sum. They are folded.
	nested bool
}

// compareRows gives all writers one order: by day, for a COPY writes one
// partition after the other as they come up, then by the bytes of the key.
func compareRows(a, b *row) int {
	if n := cmp.Compare(a.day(), b.day()); n != 0 {
		return n
	}
	if n := strings.Compare(a.AnalysisID, b.AnalysisID); n != 0 {
		return n
	}
	if n := a.Start.Compare(b.Start); n != 0 {
		return n
	}
	return a.Key.Compare(b.Key)
}

// place is where a row stands in the order of compareRows, in numbers, which
// are compared faster than texts.
type place struct {
	day int64
	// id is what follows the bytes that all analysis ids of the batch begin
	// with, as far as it fits in.
	id    uint64
	start int64
	row   *row
}

// sortRows sorts by compareRows.
func sortRows(rows []*row) {
	if len(rows) == 0 {
		return
	}
	shared, longest := sharedPrefix(rows)
	places := make([]place, len(rows))
	for i, r := range rows {
		places[i] = place{
			day: r.day(), id: leadingBytes(r.AnalysisID[shared:]), start: r.Start.UnixMicro(), row: r,
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		switch {
		case a.day != b.day:
			return cmp.Compare(a.day, b.day)
		case a.id != b.id:
			return cmp.Compare(a.id, b.id)
		case longest-shared > leading || a.start == b.start:
			return compareRows(a.row, b.row)
		}
		return cmp.Compare(a.start, b.start) // all of the ids fits in
	})
	for i := range rows {
		rows[i] = places[i].row
	}
}

// sharedPrefix returns how many bytes all analysis ids begin with alike, and how
// many the longest has.
func sharedPrefix(rows []*row) (shared, longest int) {
	prefix := rows[0].AnalysisID
	for _, r := range rows {
		longest = max(longest, len(r.AnalysisID))
		for !strings.HasPrefix(r.AnalysisID, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return len(prefix), longest
}

// leading is how many bytes of a text leadingBytes takes.
const leading = 8

// leadingBytes returns the first bytes as a number of the same order. No text
// holds the zero that fills up a shorter one.
func leadingBytes(s string) uint64 {
	var b [leading]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// day returns the number of the day, in UTC, whose partition holds the call.
func (r *row) day() int64 { return r.Start.Unix() / int64(oneDay/time.Second) }

type (
	writeRow  = func(b []byte, r *row) []byte
	rowColumn = column[row]
)

func countColumn(name string, get func(u *analysis.Usage) analysis.Count) rowColumn {
	return rowColumn{name, bigintKind, func(b []byte, r *row) []byte { return appendCount(b, get(&r.Usage)) }}
}

func knownColumn(name string, get func(r *row) string) rowColumn {
	return rowColumn{name, textKind, func(b []byte, r *row) []byte { return appendKnown(b, get(r)) }}
}

func writeCost(b []byte, r *row) []byte {
	if !r.Cost.Priced {
		return appendNull(b)
	}
	return appendInt64(b, r.Cost.Amount.Pico())
}

func writeFirstChunk(b []byte, r *row) []byte {
	if r.TimeToFirstChunk == 0 {
		return appendNull(b)
	}
	return appendInt64(b, r.TimeToFirstChunk.Microseconds())
}

func writeParent(b []byte, r *row) []byte {
	if r.Parent == (analysis.SpanID{}) {
		return appendNull(b)
	}
	return appendBytes(b, r.Parent[:])
}

func writeFinishReasons(b []byte, r *row) []byte {
	if len(r.FinishReasons) == 0 {
		return appendNull(b)
	}
	if slices.ContainsFunc(r.FinishReasons, needsEscape) {
		text, err := json.Marshal(r.FinishReasons)
		if err != nil { // not possible for strings
			return appendNull(b)
		}
		return appendText(b, string(text))
	}
	length := len(b)
	b = append(appendNull(b), '[')
	for i, reason := range r.FinishReasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), reason...), '"')
	}
	return setLength(append(b, ']'), length)
}

// needsEscape reports that a text in JSON may be more than the text in quotes.
func needsEscape(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return true
		}
	}
	return false
}

var (
	writeTrace    writeRow = func(b []byte, r *row) []byte { return appendBytes(b, r.Key.Trace[:]) }
	writeSpan     writeRow = func(b []byte, r *row) []byte { return appendBytes(b, r.Key.Span[:]) }
	writeStart    writeRow = func(b []byte, r *row) []byte { return appendTime(b, r.Start) }
	writeRecorded writeRow = func(b []byte, r *row) []byte { return appendTime(b, r.recordedAt) }
	writeAnalysis writeRow = func(b []byte, r *row) []byte { return appendText(b, r.AnalysisID) }
	writeType     writeRow = func(b []byte, r *row) []byte { return appendText(b, string(r.Type)) }
	writeProvider writeRow = func(b []byte, r *row) []byte { return appendText(b, r.Provider) }
)

// keyTable is the primary key of ledger_call.
var keyTable = table[row]{
	{"analysis_id", textKind, writeAnalysis},
	{"start_time", timestampKind, writeStart},
	{"trace_id", byteaKind, writeTrace},
	{"span_id", byteaKind, writeSpan},
}

// contentTable is what two copies of one call may differ in.
var contentTable = table[row]{
	{"end_time", timestampKind, func(b []byte, r *row) []byte { return appendTime(b, r.End) }},
	countColumn("input_tokens", func(u *analysis.Usage) analysis.Count { return u.Input }),
	countColumn("output_tokens", func(u *analysis.Usage) analysis.Count { return u.Output }),
	countColumn("cache_read_tokens", func(u *analysis.Usage) analysis.Count { return u.CacheRead }),
	countColumn("cache_write_tokens", func(u *analysis.Usage) analysis.Count { return u.CacheWrite }),
	countColumn("reasoning_tokens", func(u *analysis.Usage) analysis.Count { return u.Reasoning }),
	countColumn("tool_use_tokens", func(u *analysis.Usage) analysis.Count { return u.ToolUse }),
	countColumn("provider_total_tokens", func(u *analysis.Usage) analysis.Count { return u.ProviderTotal }),
	countColumn("largest_request_input_tokens", func(u *analysis.Usage) analysis.Count { return u.LargestInput }),
	{"cost_pico", bigintKind, writeCost},
	{"first_chunk_us", bigintKind, writeFirstChunk},
	countColumn("input_text_tokens", func(u *analysis.Usage) analysis.Count { return u.InputBy.Text }),
	countColumn("input_image_tokens", func(u *analysis.Usage) analysis.Count { return u.InputBy.Image }),
	countColumn("input_audio_tokens", func(u *analysis.Usage) analysis.Count { return u.InputBy.Audio }),
	countColumn("input_video_tokens", func(u *analysis.Usage) analysis.Count { return u.InputBy.Video }),
	countColumn("output_text_tokens", func(u *analysis.Usage) analysis.Count { return u.OutputBy.Text }),
	countColumn("output_image_tokens", func(u *analysis.Usage) analysis.Count { return u.OutputBy.Image }),
	countColumn("output_audio_tokens", func(u *analysis.Usage) analysis.Count { return u.OutputBy.Audio }),
	countColumn("output_video_tokens", func(u *analysis.Usage) analysis.Count { return u.OutputBy.Video }),
	{"attempts", integerKind, func(b []byte, r *row) []byte { return appendInt32(b, clamp32(r.Attempts)) }},
	{"usage_status", smallintKind, func(b []byte, r *row) []byte { return appendInt16(b, int16(r.Usage.Status)) }},
	{"stream", booleanKind, func(b []byte, r *row) []byte { return appendBool(b, r.Stream) }},
	{"parent_span_id", byteaKind, writeParent},
	{"call_type", textKind, writeType},
	{"provider", textKind, writeProvider},
	knownColumn("request_model", func(r *row) string { return r.RequestModel }),
	knownColumn("response_model", func(r *row) string { return r.ResponseModel }),
	knownColumn("operation", func(r *row) string { return r.Operation }),
	knownColumn("response_id", func(r *row) string { return r.ResponseID }),
	knownColumn("service_tier", func(r *row) string { return r.ServiceTier }),
	knownColumn("error_type", func(r *row) string { return r.ErrorType }),
	knownColumn("price_list_version", func(r *row) string { return r.Cost.PriceListVersion }),
	{"finish_reasons", textKind, writeFinishReasons},
	knownColumn("subject", func(r *row) string { return r.Attribution.Subject }),
	knownColumn("user_id", func(r *row) string { return r.Attribution.UserID }),
	knownColumn("user_tier", func(r *row) string { return r.Attribution.UserTier }),
	knownColumn("tenant_id", func(r *row) string { return r.Attribution.TenantID }),
}

// callTable is all of ledger_call.
var callTable = append(append(table[row]{
	{"recorded_at", timestampKind, writeRecorded},
	{"folded", booleanKind, func(b []byte, r *row) []byte { return appendBool(b, r.folded) }},
	{"nested", booleanKind, func(b []byte, r *row) []byte { return appendBool(b, r.nested) }},
}, keyTable...), contentTable...)

func clamp32(n int) int32 {
	const most = 1<<31 - 1
	return int32(max(0, min(n, most)))
}
