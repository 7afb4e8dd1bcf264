// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	callsPerAnalysis = 6
	// together is how many batches the calls of an analysis are spread over.
	together = 8
)

// load makes batches of new calls: small analyses, each of a trace of its own
// and spread over a few batches, as they come from many services.
type load struct {
	rng   *rand.Rand
	base  time.Time
	made  int
	ready []ptrace.Traces
}

func newLoad() *load {
	return &load{rng: rand.New(rand.NewPCG(1, 1)), base: time.Now().Add(-time.Hour)}
}

// next returns a batch of batchCalls spans.
func (l *load) next() ptrace.Traces {
	if len(l.ready) == 0 {
		l.fill()
	}
	batch := l.ready[0]
	l.ready = l.ready[1:]
	return batch
}

func (l *load) fill() {
	numbers := make([]int, together*batchCalls)
	for i := range numbers {
		numbers[i] = l.made + i
	}
	l.made += len(numbers)
	l.rng.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	for n := range together {
		td := ptrace.NewTraces()
		spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		spans.EnsureCapacity(batchCalls)
		for _, number := range numbers[n*batchCalls : (n+1)*batchCalls] {
			l.call(spans.AppendEmpty(), number)
		}
		l.ready = append(l.ready, td)
	}
}

// call writes a span like our own clients do.
func (l *load) call(span ptrace.Span, number int) {
	analysis := number / callsPerAnalysis
	start := l.base.Add(time.Duration(number) * time.Millisecond / 10)
	span.SetTraceID(pcommon.TraceID(identify(make([]byte, 8), analysis)))
	span.SetSpanID(pcommon.SpanID(identify(nil, number)))
	span.SetName("generate_content gemini-2.5-flash")
	span.SetKind(ptrace.SpanKindClient)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(900 * time.Millisecond)))
	a := span.Attributes()
	a.PutStr("gen_ai.operation.name", "generate_content")
	a.PutStr("gen_ai.provider.name", "gcp.gemini")
	a.PutStr("gen_ai.request.model", "gemini-2.5-flash")
	a.PutStr("gen_ai.response.model", "gemini-2.5-flash")
	a.PutStr("gen_ai.response.id", fmt.Sprintf("response-%016x", number))
	a.PutStr("server.address", "generativelanguage.googleapis.com")
	a.PutStr("spanledger.analysis.id", fmt.Sprintf("analysis_%012d", analysis))
	a.PutStr("spanledger.analysis.subject", "RELIANCE")
	a.PutStr("spanledger.call.type", fmt.Sprintf("step_%d", number%callsPerAnalysis))
	a.PutStr("spanledger.usage.status", "reported")
	a.PutStr("user.id", "u-7")
	a.PutInt("spanledger.call.attempts", 1)
	a.PutInt("gen_ai.usage.input_tokens", int64(1000+number%977))
	a.PutInt("gen_ai.usage.output_tokens", int64(300+number%191))
	a.PutInt("gen_ai.usage.reasoning.output_tokens", int64(100+number%91))
	a.PutInt("spanledger.usage.total_tokens", int64(1300+number%977+number%191))
	a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("STOP")
}

// identify spreads numbers over the ids, as random ones are spread.
func identify(to []byte, number int) []byte {
	return binary.BigEndian.AppendUint64(to, uint64(number+1)*0x9e3779b97f4a7c15)
}
