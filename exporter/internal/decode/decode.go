// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
)

// The limits of what a span may say; the reasons tell what becomes of more.
const (
	// MaxTextBytes is the longest text, ids and names alike: what a store
	// keeps.
	MaxTextBytes = ledger.MaxText
	// MaxErrorTypeBytes is the longest error type that is still a name.
	MaxErrorTypeBytes = 128
	// MaxFinishReasons is how many finish reasons of a call are kept.
	MaxFinishReasons = 16
	// MaxCount is the most tokens, or calls, that one span may report.
	MaxCount = 1_000_000_000_000
	// MaxAttempts is the most attempts that one call may report.
	MaxAttempts = 1<<15 - 1
	// MaxDuration is the longest that one call may take.
	MaxDuration = 7 * 24 * time.Hour
	// minCalls is for how many calls room is made at least.
	minCalls = 8
	// maxSpareCalls is the most calls whose memory is kept.
	maxSpareCalls = 1 << 14
	// MaxAnalysisIDNames is how many attributes can name an analysis.
	MaxAnalysisIDNames = 255
)

// Options say where the analysis id is read from.
type Options struct {
	// AnalysisID lists attribute names. The first of them that the span has
	// names its analysis; where it has none, the first that its resource has.
	AnalysisID []string
	// DropUnnamed drops spans that name no analysis. Defaults to false:
	// their analysis is the trace, and its id the trace id.
	DropUnnamed bool
}

// Result is what was read from one batch of spans.
type Result struct {
	// Calls and Closed are in the order of the spans. They may repeat keys,
	// where the batch repeats spans.
	Calls  []analysis.Call
	Closed []analysis.Closed
	// Spans is the number of all spans; each is a call, closes an analysis,
	// or is counted in Ignored or Dropped.
	Spans int
	// Ignored counts spans that are neither calls nor ends of an analysis.
	Ignored int
	// Dropped counts spans by the reason why they are lost.
	Dropped [NumDrops]int
	// Mended counts spans by what was put right in them. A span may count
	// under several reasons, but only once under each.
	Mended [NumMends]int
}

// Decoder decodes spans. It is safe for concurrent use.
type Decoder struct {
	table       *nameTable
	dropUnnamed bool
	// spare holds *[]analysis.Call, all of them zero, of released results.
	spare sync.Pool
}

// New returns a Decoder.
func New(opts Options) *Decoder {
	return &Decoder{table: newNameTable(opts.AnalysisID), dropUnnamed: opts.DropUnnamed}
}

// Decode reads all spans. It does not change them, and keeps nothing of them
// but their strings.
func (d *Decoder) Decode(td ptrace.Traces) Result {
	b := batch{decoder: d, Result: Result{Spans: td.SpanCount()}}
	for _, rs := range td.ResourceSpans().All() {
		b.resource(rs)
	}
	return b.Result
}

// Release takes back the memory of the calls of a Result, as Decode returned
// it, for the next one: that saves the garbage collector most of its work. Who
// calls it may not read them any more, but their texts and lists, which are
// not part of that memory; nobody has to call it.
func (d *Decoder) Release(r *Result) {
	calls := r.Calls
	r.Calls = nil
	if cap(calls) == 0 || cap(calls) > maxSpareCalls {
		return
	}
	clear(calls)
	d.spare.Put(&calls)
}

// batch is the state of one call of Decode.
type batch struct {
	Result
	decoder *Decoder
	reader  reader
	// read is how many spans have been read.
	read int
}

func (b *batch) resource(rs ptrace.ResourceSpans) {
	b.reader.resource.scan(b.decoder.table, rs.Resource().Attributes())
	for _, ss := range rs.ScopeSpans().All() {
		b.reader.leaf = ss.Scope().Name() == semconv.Scope
		for _, span := range ss.Spans().All() {
			b.span(span)
			b.read++
		}
	}
}

func (b *batch) span(span ptrace.Span) {
	r := &b.reader
	r.span.scan(b.decoder.table, span.Attributes())
	switch k, operation := r.span.classify(); k {
	case kindCall:
		b.call(span, operation)
	case kindClosed:
		b.closed(span)
	case kindUnclassified:
		b.Dropped[DropUnclassified]++
	case kindIgnored:
		b.Ignored++
	}
	r.moveTo(&b.Mended)
}

func (b *batch) call(span ptrace.Span, operation string) {
	key, id, ok := b.identify(span)
	if !ok {
		return
	}
	c := b.nextCall()
	c.Key, c.AnalysisID = key, id
	b.reader.call(c, span, operation)
}

// nextCall adds a zero Call. Room is made for as many as the rest of the batch
// will hold if it is like what was read of it: a batch of nothing but calls
// needs one allocation, and one call among many spans no room for all.
func (b *batch) nextCall() *analysis.Call {
	if b.Calls == nil {
		if spare, ok := b.decoder.spare.Get().(*[]analysis.Call); ok {
			b.Calls = (*spare)[:0]
		}
	}
	n := len(b.Calls)
	if n == cap(b.Calls) {
		left := b.Spans - b.read
		expected := left * (n + 1) / (b.read + 1)
		roomier := make([]analysis.Call, n, n+min(left, max(expected, minCalls)))
		copy(roomier, b.Calls)
		b.Calls = roomier
	}
	b.Calls = b.Calls[:n+1]
	return &b.Calls[n]
}

func (b *batch) closed(span ptrace.Span) {
	key, id, ok := b.identify(span)
	if !ok {
		return
	}
	closed := analysis.Closed{Key: key, AnalysisID: id}
	if !b.reader.closed(&closed, span) {
		b.drop(DropBadClose)
		return
	}
	b.Closed = append(b.Closed, closed)
}

// identify reads what calls and analysis spans share. It returns false, and
// has dropped the span, where that is missing.
func (b *batch) identify(span ptrace.Span) (key analysis.SpanKey, analysisID string, ok bool) {
	key = analysis.SpanKey{Trace: analysis.TraceID(span.TraceID()), Span: analysis.SpanID(span.SpanID())}
	if key.Trace == (analysis.TraceID{}) || key.Span == (analysis.SpanID{}) {
		b.drop(DropNoIDs)
		return key, "", false
	}
	if instant(span.StartTimestamp()) == 0 && instant(span.EndTimestamp()) == 0 {
		b.drop(DropNoTime)
		return key, "", false
	}
	analysisID = b.reader.analysisID()
	if analysisID != "" {
		return key, analysisID, true
	}
	if b.decoder.dropUnnamed {
		b.drop(DropNoAnalysis)
		return key, "", false
	}
	return key, key.Trace.String(), true
}

// drop counts a span once, and not among the mended.
func (b *batch) drop(why Drop) {
	b.Dropped[why]++
	b.reader.mendSet = 0
}
