// SPDX-License-Identifier: Apache-2.0

package spans

import (
	"fmt"
	"hash/fnv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	// BatchSpans is the size of a batch as the exporter's queue makes them.
	BatchSpans       = 2048
	callsPerAnalysis = 6
	// stride is how far a call is from the next: a prime, so that each call comes
	// once, and an odd part of all, so that an analysis is spread over batches.
	stride = 7919
)

// Batches returns n batches of spans of calls: those of analyses of six calls
// each, which come in any order and in any batch.
func Batches(n int) []ptrace.Traces {
	number, calls := 0, n*BatchSpans
	start := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	batches := make([]ptrace.Traces, n)
	for i := range batches {
		batches[i] = ptrace.NewTraces()
		resource := batches[i].ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", "stock-api")
		scope := resource.ScopeSpans().AppendEmpty()
		scope.Scope().SetName("github.com/spanledger/spanledger/instrument")
		scope.Spans().EnsureCapacity(BatchSpans)
		for range BatchSpans {
			number = (number + stride) % calls
			fill(scope.Spans().AppendEmpty(), number, start.Add(time.Duration(number)*time.Millisecond))
		}
		batches[i].MarkReadOnly()
	}
	return batches
}

// fill writes a span as our own clients do.
func fill(span ptrace.Span, number int, start time.Time) {
	analysis := number / callsPerAnalysis
	span.SetTraceID(pcommon.TraceID(identify(make([]byte, 8), analysis)))
	span.SetSpanID(pcommon.SpanID(identify(nil, number)))
	span.SetParentSpanID(pcommon.SpanID(identify(nil, -2-analysis)))
	span.SetName("generate_content gemini-2.5-flash")
	span.SetKind(ptrace.SpanKindClient)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(900 * time.Millisecond)))
	a := span.Attributes()
	a.EnsureCapacity(22)
	a.PutStr("gen_ai.operation.name", "generate_content")
	a.PutStr("gen_ai.provider.name", "gcp.gemini")
	a.PutStr("gen_ai.request.model", "gemini-2.5-flash")
	a.PutStr("server.address", "generativelanguage.googleapis.com")
	a.PutInt("server.port", 443)
	a.PutStr("spanledger.analysis.id", fmt.Sprintf("analysis_%012d", analysis))
	a.PutStr("spanledger.analysis.subject", "RELIANCE")
	a.PutStr("user.id", "u-7")
	a.PutStr("spanledger.call.type", fmt.Sprintf("step_%d", number%callsPerAnalysis))
	a.PutDouble("gen_ai.request.temperature", 0.2)
	a.PutInt("gen_ai.request.max_tokens", 2048)
	a.PutInt("spanledger.call.attempts", 1)
	a.PutStr("gen_ai.response.id", fmt.Sprintf("response-%016x", number))
	a.PutStr("gen_ai.response.model", "gemini-2.5-flash")
	a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr("stop")
	a.PutInt("gen_ai.usage.input_tokens", int64(1000+number%977))
	a.PutInt("gen_ai.usage.output_tokens", int64(300+number%191))
	a.PutInt("gen_ai.usage.cache_read.input_tokens", int64(number%501))
	a.PutInt("gen_ai.usage.reasoning.output_tokens", int64(100+number%91))
	a.PutInt("gen_ai.usage.text.input_tokens", int64(1000+number%977))
	a.PutStr("spanledger.usage.status", "reported")
	a.PutInt("spanledger.usage.total_tokens", int64(1300+number%977+number%191))
}

// identify spreads numbers over the ids, as random ones are spread.
func identify(to []byte, number int) []byte {
	hash := fnv.New64a()
	fmt.Fprint(hash, number)
	return hash.Sum(to)
}
