// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/semconv"
)

// callTraces returns spans of analyses of six calls each.
func callTraces(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "stock-api")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		fillCall(spans.AppendEmpty(), i)
	}
	return td
}

func fillCall(span ptrace.Span, i int) {
	start := time.Date(2026, time.March, 1, 12, 0, i%3600, 0, time.UTC)
	span.SetTraceID(traceID(i/6 + 1))
	span.SetSpanID(spanID(i + 1))
	span.SetName("generate_content gemini-2.5-flash")
	span.SetKind(ptrace.SpanKindClient)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(1200 * time.Millisecond)))
	a := span.Attributes()
	a.PutStr(semconv.OperationName, semconv.OperationGenerateContent)
	a.PutStr(semconv.ProviderName, semconv.ProviderGemini)
	a.PutStr(semconv.RequestModel, "gemini-2.5-flash")
	a.PutStr(semconv.ServerAddress, "generativelanguage.googleapis.com")
	a.PutInt(semconv.ServerPort, 443)
	a.PutStr(semconv.AnalysisID, fmt.Sprintf("analysis_%d", i/6))
	a.PutStr(semconv.AnalysisSubject, "RELIANCE")
	a.PutStr(semconv.UserID, "u-7")
	a.PutStr(semconv.CallType, fmt.Sprintf("step_%d", i%6))
	a.PutDouble(semconv.RequestTemperature, 0.2)
	a.PutInt(semconv.RequestMaxTokens, 2048)
	a.PutInt(semconv.CallAttempts, 1)
	a.PutStr(semconv.ResponseID, "response-1")
	a.PutStr(semconv.ResponseModel, "gemini-2.5-flash")
	a.PutEmptySlice(semconv.ResponseFinishReasons).AppendEmpty().SetStr("stop")
	a.PutInt(semconv.UsageInputTokens, 1200)
	a.PutInt(semconv.UsageOutputTokens, 340)
	a.PutInt(semconv.UsageCacheReadTokens, 200)
	a.PutInt(semconv.UsageReasoningTokens, 40)
	a.PutInt(semconv.UsageTextInputTokens, 1200)
	a.PutStr(semconv.UsageStatus, semconv.StatusReported)
	a.PutInt(semconv.UsageTotal, 1540)
}

func traceID(n int) (id pcommon.TraceID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func spanID(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

func defaults() decode.Options {
	return decode.Options{AnalysisID: []string{
		semconv.AnalysisID, semconv.ConversationID, "session.id", "langfuse.session.id",
	}}
}
