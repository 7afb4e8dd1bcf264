// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// load is made-up spans, and what has to be counted of them.
type load struct {
	books books
	spans []ptrace.Span
	rng   *rand.Rand
}

// newLoad returns so many analyses, each of a few calls and an analysis span.
// Some calls failed without usage, some streams were cut.
func newLoad(seed uint64, analyses int) *load {
	l := &load{books: books{}, rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range analyses {
		id := fmt.Sprintf("analysis_%04d", i)
		trace := pcommon.TraceID(binary.BigEndian.AppendUint64(make([]byte, 8), l.rng.Uint64()))
		begin := time.Now().Add(-time.Hour).Add(time.Duration(i) * time.Second)
		calls := 3 + l.rng.IntN(10)
		for n := range calls {
			l.call(l.span(trace, id, begin.Add(time.Duration(n)*time.Millisecond)), id, n)
		}
		closed := l.span(trace, id, begin)
		closed.SetName("analysis")
		closed.Attributes().PutStr("spanledger.analysis.subject", "RELIANCE")
		closed.Attributes().PutInt("spanledger.analysis.calls", int64(calls))
	}
	return l
}

func (l *load) span(trace pcommon.TraceID, analysisID string, begin time.Time) ptrace.Span {
	span := ptrace.NewSpan()
	span.SetTraceID(trace)
	span.SetSpanID(pcommon.SpanID(binary.BigEndian.AppendUint64(nil, l.rng.Uint64())))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(begin))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(begin.Add(time.Second)))
	span.Attributes().PutStr("spanledger.analysis.id", analysisID)
	l.spans = append(l.spans, span)
	return span
}

func (l *load) call(span ptrace.Span, analysisID string, n int) {
	callType := fmt.Sprintf("step_%d", n%4)
	f := figures{Calls: 1}
	a := span.Attributes()
	a.PutStr("gen_ai.operation.name", "generate_content")
	a.PutStr("gen_ai.provider.name", "gcp.gemini")
	a.PutStr("gen_ai.request.model", []string{"gemini-2.5-flash", "gemini-2.5-pro"}[l.rng.IntN(2)])
	a.PutStr("spanledger.call.type", callType)
	switch l.rng.IntN(8) {
	case 0:
		f.Failed, f.WithoutUsage = 1, 1
		a.PutStr("error.type", "429")
		a.PutStr("spanledger.usage.status", "unknown")
	case 1:
		f.Failed, f.Partial = 1, 1
		a.PutStr("error.type", "stream_cut")
		a.PutStr("spanledger.usage.status", "partial")
	default:
		a.PutStr("spanledger.usage.status", "reported")
	}
	if f.WithoutUsage == 0 {
		f.CacheRead, f.Reasoning, f.ToolUse = l.rng.Int64N(50), l.rng.Int64N(50), l.rng.Int64N(50)
		f.Input, f.Output = f.CacheRead+f.ToolUse+l.rng.Int64N(5000), f.Reasoning+l.rng.Int64N(900)
		a.PutInt("gen_ai.usage.input_tokens", f.Input)
		a.PutInt("gen_ai.usage.output_tokens", f.Output)
		a.PutInt("gen_ai.usage.cache_read.input_tokens", f.CacheRead)
		a.PutInt("gen_ai.usage.reasoning.output_tokens", f.Reasoning)
		a.PutInt("spanledger.usage.tool_use.input_tokens", f.ToolUse)
	}
	l.books.add(analysisID, callType, f)
}

// shuffled returns the spans, each so many times, in random order and split
// over batches of random size, which are at most largest.
func (l *load) shuffled(times, largest int) []ptrace.Traces {
	var spans []ptrace.Span
	for range times {
		spans = append(spans, l.spans...)
	}
	l.rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	var batches []ptrace.Traces
	for len(spans) > 0 {
		size := min(1+l.rng.IntN(largest), len(spans))
		td := ptrace.NewTraces()
		to := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for _, span := range spans[:size] {
			span.CopyTo(to.AppendEmpty())
		}
		batches, spans = append(batches, td), spans[size:]
	}
	return batches
}
