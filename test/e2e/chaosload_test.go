// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
)

// sixCalls is how many calls an analysis has that is not a large one.
const sixCalls = 6

// mixedLoad is calls of every kind, their spans, and spans that are no calls.
type mixedLoad struct {
	calls  []analysis.Call
	closed []analysis.Closed
	large  []string // the analyses with many calls
	spans  []ptrace.Span
	rng    *rand.Rand
	start  time.Time
}

// newMixedLoad returns so many calls: a third of them in four large analyses,
// the others in analyses of six, of which every eighth speaks OpenInference.
// Each analysis has an agent span, which sums it up, and an end.
func newMixedLoad(seed uint64, calls int) *mixedLoad {
	l := &mixedLoad{
		rng:   rand.New(rand.NewPCG(seed, 7)),
		start: time.Now().UTC().Truncate(time.Second).Add(-26 * time.Hour),
	}
	const large = 4
	for i := range large {
		id := fmt.Sprintf("large_%d", i)
		l.large = append(l.large, id)
		l.analysis(id, calls/large/3, l.ownCall)
	}
	for i := 0; len(l.calls) < calls; i++ {
		call := l.ownCall
		if i%8 == 7 {
			call = l.foreignCall
		}
		l.analysis(fmt.Sprintf("analysis_%06d", i), min(sixCalls, calls-len(l.calls)), call)
	}
	return l
}

// analysis adds calls that start over a day and more, so that several
// partitions take them.
func (l *mixedLoad) analysis(id string, calls int, add func(analysis.Call)) {
	var trace analysis.TraceID
	binary.BigEndian.PutUint64(trace[:], l.rng.Uint64())
	begin := l.start.Add(time.Duration(l.rng.Int64N(int64(25 * time.Hour)))).Truncate(time.Microsecond)
	closed := analysis.Closed{
		Key: analysis.SpanKey{Trace: trace, Span: l.spanID()}, AnalysisID: id, Calls: int64(calls),
		Start: begin, End: begin.Add(time.Hour),
	}
	closed.Attribution.Subject = fmt.Sprintf("SUBJECT_%d", l.rng.IntN(9))
	for range calls {
		start := begin.Add(time.Duration(l.rng.Int64N(int64(time.Hour)))).Truncate(time.Microsecond)
		add(analysis.Call{
			Key: analysis.SpanKey{Trace: trace, Span: l.spanID()}, Parent: closed.Key.Span, AnalysisID: id,
			Attribution: analysis.Attribution{UserID: fmt.Sprintf("u-%d", len(id)%5)},
			Attempts:    1, Start: start, End: start.Add(time.Duration(1+l.rng.IntN(5000)) * time.Millisecond),
		})
	}
	l.agent(&closed)
	l.end(&closed)
}

func (l *mixedLoad) spanID() (id analysis.SpanID) {
	binary.BigEndian.PutUint64(id[:], l.rng.Uint64()|1)
	return id
}

// ownCall fills in a call as our instrumentation does.
func (l *mixedLoad) ownCall(c analysis.Call) {
	c.Type = analysis.CallType(fmt.Sprintf("step_%d", l.rng.IntN(4)))
	c.Operation, c.Provider = "generate_content", "gcp.gemini"
	c.RequestModel = []string{"gemini-2.5-flash", "gemini-2.5-pro", "a-model-without-a-price"}[l.rng.IntN(3)]
	c.Attribution.UserTier, c.Attribution.TenantID = "pro", fmt.Sprintf("tenant_%d", l.rng.IntN(3))
	c.Attempts = 1 + l.rng.IntN(3)
	switch l.rng.IntN(8) {
	case 0:
		c.ErrorType = "429"
	case 1:
		c.ErrorType, c.Usage = "stream_cut", l.usage(analysis.StatusPartial)
	default:
		c.Usage = l.usage(analysis.StatusReported)
		c.ResponseModel, c.ResponseID = c.RequestModel, fmt.Sprintf("response-%d", l.rng.IntN(1000))
		c.FinishReasons = []string{"STOP"}
		if l.rng.IntN(2) == 0 {
			c.Stream, c.TimeToFirstChunk = true, time.Duration(1+l.rng.IntN(900))*time.Millisecond
		}
	}
	l.add(&c, ownSpan)
}

// foreignCall fills in a call as OpenInference tells it.
func (l *mixedLoad) foreignCall(c analysis.Call) {
	c.Type, c.Operation, c.Provider, c.RequestModel = "call_llm", "chat", "openai", "gpt-4o-mini"
	in, out := l.rng.Int64N(5000), l.rng.Int64N(900)
	c.Usage = analysis.Usage{
		Status: analysis.StatusReported, Input: analysis.Known(in), Output: analysis.Known(out),
		ProviderTotal: analysis.Known(in + out), CacheRead: analysis.Known(in / 3), Reasoning: analysis.Known(out / 4),
	}
	l.add(&c, foreignSpan)
}

func (l *mixedLoad) usage(status analysis.UsageStatus) analysis.Usage {
	cache, tool, reasoning := l.rng.Int64N(50), l.rng.Int64N(50), l.rng.Int64N(50)
	in, out := cache+tool+l.rng.Int64N(5000), reasoning+l.rng.Int64N(900)
	return analysis.Usage{
		Status: status, Input: analysis.Known(in), Output: analysis.Known(out),
		CacheRead: analysis.Known(cache), ToolUse: analysis.Known(tool), Reasoning: analysis.Known(reasoning),
		ProviderTotal: analysis.Known(in + out + l.rng.Int64N(3)),
	}
}

func (l *mixedLoad) add(c *analysis.Call, fill func(*analysis.Call, pcommon.Map)) {
	c.Cost = cost.Default().Cost(c)
	l.calls = append(l.calls, *c)
	span := l.span(c.Key, c.Parent, c.Start, c.End)
	fill(c, span.Attributes())
}

func (l *mixedLoad) span(key analysis.SpanKey, parent analysis.SpanID, start, end time.Time) ptrace.Span {
	span := ptrace.NewSpan()
	span.SetTraceID(pcommon.TraceID(key.Trace))
	span.SetSpanID(pcommon.SpanID(key.Span))
	span.SetParentSpanID(pcommon.SpanID(parent))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(end))
	l.spans = append(l.spans, span)
	return span
}

// agent adds a span that sums up others, and is no call.
func (l *mixedLoad) agent(c *analysis.Closed) {
	span := l.span(analysis.SpanKey{Trace: c.Key.Trace, Span: l.spanID()}, c.Key.Span, c.Start, c.End)
	span.Attributes().PutStr("spanledger.analysis.id", c.AnalysisID)
	span.Attributes().PutStr("gen_ai.operation.name", "invoke_agent")
	span.Attributes().PutInt("gen_ai.usage.input_tokens", 1_000_000)
}

func (l *mixedLoad) end(c *analysis.Closed) {
	l.closed = append(l.closed, *c)
	span := l.span(c.Key, analysis.SpanID{}, c.Start, c.End)
	span.SetName("analysis")
	span.Attributes().PutStr("spanledger.analysis.id", c.AnalysisID)
	span.Attributes().PutStr("spanledger.analysis.subject", c.Attribution.Subject)
	span.Attributes().PutInt("spanledger.analysis.calls", c.Calls)
}

func ownSpan(c *analysis.Call, a pcommon.Map) {
	for name, text := range map[string]string{
		"spanledger.analysis.id": c.AnalysisID, "spanledger.call.type": string(c.Type),
		"gen_ai.operation.name": c.Operation, "gen_ai.provider.name": c.Provider,
		"gen_ai.request.model": c.RequestModel, "gen_ai.response.model": c.ResponseModel,
		"gen_ai.response.id": c.ResponseID, "error.type": c.ErrorType,
		"user.id": c.Attribution.UserID, "spanledger.user.tier": c.Attribution.UserTier,
		"spanledger.tenant.id": c.Attribution.TenantID, "spanledger.usage.status": c.Usage.Status.String(),
	} {
		if text != "" {
			a.PutStr(name, text)
		}
	}
	a.PutInt("spanledger.call.attempts", int64(c.Attempts))
	for name, count := range map[string]analysis.Count{
		"gen_ai.usage.input_tokens": c.Usage.Input, "gen_ai.usage.output_tokens": c.Usage.Output,
		"gen_ai.usage.cache_read.input_tokens":   c.Usage.CacheRead,
		"gen_ai.usage.reasoning.output_tokens":   c.Usage.Reasoning,
		"spanledger.usage.tool_use.input_tokens": c.Usage.ToolUse,
		"spanledger.usage.total_tokens":          c.Usage.ProviderTotal,
	} {
		if n, known := count.Value(); known {
			a.PutInt(name, n)
		}
	}
	for _, reason := range c.FinishReasons {
		a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr(reason)
	}
	if c.Stream {
		a.PutBool("gen_ai.request.stream", true)
		a.PutDouble("gen_ai.response.time_to_first_chunk", c.TimeToFirstChunk.Seconds())
	}
}

func foreignSpan(c *analysis.Call, a pcommon.Map) {
	a.PutStr("openinference.span.kind", "LLM")
	a.PutStr("session.id", c.AnalysisID)
	a.PutStr("user.id", c.Attribution.UserID)
	a.PutStr("llm.provider", c.Provider)
	a.PutStr("llm.model_name", c.RequestModel)
	a.PutInt("llm.token_count.prompt", c.Usage.Input.OrZero())
	a.PutInt("llm.token_count.completion", c.Usage.Output.OrZero())
	a.PutInt("llm.token_count.total", c.Usage.ProviderTotal.OrZero())
	a.PutInt("llm.token_count.prompt_details.cache_read", c.Usage.CacheRead.OrZero())
	a.PutInt("llm.token_count.completion_details.reasoning", c.Usage.Reasoning.OrZero())
}

// deliveries returns the spans in random order, about a quarter of them twice,
// in batches of random size that are at most largest; some batches come twice
// as they are.
func (l *mixedLoad) deliveries(largest int) []ptrace.Traces {
	spans := append([]ptrace.Span{}, l.spans...)
	for range len(l.spans) / 4 {
		spans = append(spans, l.spans[l.rng.IntN(len(l.spans))])
	}
	l.rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	var batches []ptrace.Traces
	for len(spans) > 0 {
		size := min(1+l.rng.IntN(largest), len(spans))
		batch := batchOf(spans[:size])
		batches, spans = append(batches, batch), spans[size:]
		if l.rng.IntN(20) == 0 {
			batches = append(batches, batch)
		}
	}
	l.rng.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	return batches
}

func batchOf(spans []ptrace.Span) ptrace.Traces {
	td := ptrace.NewTraces()
	to := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, span := range spans {
		span.CopyTo(to.AppendEmpty())
	}
	return td
}
