// SPDX-License-Identifier: Apache-2.0

// Package load makes spans of calls as our own clients write them, in batches
// as they come from many services. It knows nothing of who takes them.
package load

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/semconv"
)

const (
	// BatchCalls is the size of a batch as the exporter's queue makes them.
	BatchCalls = 2048
	// CallsPerAnalysis is the size of a small analysis.
	CallsPerAnalysis = 6
	// together is how many batches the calls of an analysis are spread over,
	// if it is small.
	together = 8
	// callTypes is how many call types there are.
	callTypes = 6
)

// Shape says which analyses the calls belong to. The zero Shape is analyses of
// six calls.
type Shape struct {
	// PerAnalysis is how many calls an analysis has. Defaults to 6.
	PerAnalysis int
	// AtOnce is how many analyses run side by side, their calls in turn.
	// Defaults to 1, which the order of arrival makes some thousands where
	// analyses are small.
	AtOnce int
}

// Load makes batches of new calls, each analysis of a trace of its own. It is
// not safe for concurrent use.
type Load struct {
	shape Shape
	rng   *rand.Rand
	base  time.Time
	made  int
	ready []ptrace.Traces
}

// New returns a load whose first call started an hour ago.
func New(shape Shape) *Load {
	if shape.PerAnalysis == 0 {
		shape.PerAnalysis = CallsPerAnalysis
	}
	shape.AtOnce = max(shape.AtOnce, 1)
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same calls every time
	return &Load{shape: shape, rng: rng, base: time.Now().Add(-time.Hour)}
}

// Next returns a batch of BatchCalls spans, each call in one batch only.
func (l *Load) Next() ptrace.Traces {
	if len(l.ready) == 0 {
		l.fill()
	}
	batch := l.ready[0]
	l.ready = l.ready[1:]
	return batch
}

func (l *Load) fill() {
	numbers := make([]int, together*BatchCalls)
	for i := range numbers {
		numbers[i] = l.made + i
	}
	l.made += len(numbers)
	l.rng.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	for n := range together {
		td := ptrace.NewTraces()
		scope := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		scope.Scope().SetName(semconv.Scope)
		spans := scope.Spans()
		spans.EnsureCapacity(BatchCalls)
		for _, number := range numbers[n*BatchCalls : (n+1)*BatchCalls] {
			l.call(spans.AppendEmpty(), number)
		}
		l.ready = append(l.ready, td)
	}
}

// analysisOf returns the analysis that a call belongs to.
func (l *Load) analysisOf(number int) int {
	round := number / (l.shape.PerAnalysis * l.shape.AtOnce)
	return round*l.shape.AtOnce + number%l.shape.AtOnce
}

// call writes a span like our own clients do.
func (l *Load) call(span ptrace.Span, number int) {
	analysis := l.analysisOf(number)
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
	a.PutStr("spanledger.call.type", fmt.Sprintf("step_%d", number%callTypes))
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
	n := uint64(number + 1) //nolint:gosec // a number of calls is positive
	return binary.BigEndian.AppendUint64(to, n*0x9e3779b97f4a7c15)
}
