// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// What a document of an Anthropic response may hold that we report.
const (
	anthropicDocument field = iota + 1
	anthropicType
	anthropicMessage
	anthropicID
	anthropicModel
	anthropicStopReason
	anthropicError
	anthropicErrorType
	anthropicUsageObject
	anthropicInput
	anthropicCacheRead
	anthropicCacheWrite
	anthropicCacheWrite5m
	anthropicCacheWrite1h
	anthropicOutput
	anthropicThinking
	anthropicTier
)

// A message stands alone, or within a stream's first event; the last but one
// has the final usage at its root. The iterations of a usage object are the
// steps that it is made of, and the calls of other models beside.
var anthropicPaths = compile(anthropicDocument, slices.Concat(
	anthropicMessagePaths(""),
	anthropicMessagePaths("message."),
	[]path{
		{"type", anthropicType},
		{"message", anthropicMessage},
		{"delta.stop_reason", anthropicStopReason},
		{"error~", anthropicError},
		{"error.type", anthropicErrorType},
	},
)...)

func anthropicMessagePaths(at string) []path {
	usage := at + "usage"
	return []path{
		{at + "id", anthropicID},
		{at + "model", anthropicModel},
		{at + "stop_reason", anthropicStopReason},
		{usage, anthropicUsageObject},
		{usage + ".input_tokens", anthropicInput},
		{usage + ".cache_read_input_tokens", anthropicCacheRead},
		{usage + ".cache_creation_input_tokens", anthropicCacheWrite},
		{usage + ".cache_creation.ephemeral_5m_input_tokens", anthropicCacheWrite5m},
		{usage + ".cache_creation.ephemeral_1h_input_tokens", anthropicCacheWrite1h},
		{usage + ".output_tokens", anthropicOutput},
		{usage + ".output_tokens_details.thinking_tokens", anthropicThinking},
		{usage + ".service_tier", anthropicTier},
	}
}

// anthropicResponse is the sink of a response's documents.
type anthropicResponse struct {
	id, model  string
	tier       string
	stopReason string
	failure    failure
	begun      bool // a message was there

	usage    anthropicUsage
	snapshot anthropicUsage // the usage object at hand

	last, over bool // the document at hand, or one before, is the last
}

var anthropicExchanges pool[bodyRequest, anthropicResponse]

func newAnthropicExchange(known Request, unread bool) Exchange {
	x := anthropicExchanges.get()
	x.req.known, x.req.deployed = known, known.Model != ""
	x.unread = unread
	x.ask(&x.req, anthropicRequestPaths)
	x.answer(&x.resp, anthropicPaths)
	return x
}

// header implements responseSink.
func (*anthropicResponse) header(http.Header) {}

// ended implements responseSink.
func (a *anthropicResponse) ended() bool { return a.over }

// result implements responseSink.
func (a *anthropicResponse) result() Response {
	r := Response{
		ID:          a.id,
		Model:       a.model,
		ServiceTier: a.tier,
		Usage:       a.usage.usage(),
		ErrorType:   a.failure.errorType(),
	}
	if a.begun {
		r.FinishReasons = []string{cmp.Or(a.stopReason, semconv.FinishReasonError)}
	}
	return r
}

func (a *anthropicResponse) open(f field) {
	switch f {
	case anthropicDocument:
		a.last = false
	case anthropicMessage:
		a.begun = true
	case anthropicError:
		a.failure = failure{seen: true}
	case anthropicUsageObject:
		a.snapshot = anthropicUsage{}
	}
}

func (*anthropicResponse) list(field) {}

func (a *anthropicResponse) close(f field) {
	switch f {
	case anthropicDocument:
		a.over = a.over || a.last
	case anthropicUsageObject:
		a.usage.take(&a.snapshot)
	}
}

func (a *anthropicResponse) value(f field, v value) {
	switch f {
	case anthropicType:
		a.begun = a.begun || string(v) == "message"
		a.last = string(v) == "message_stop"
		a.failure.seen = a.failure.seen || string(v) == "error"
	case anthropicID:
		a.id = v.name(a.id)
	case anthropicModel:
		a.model = v.name(a.model)
	case anthropicStopReason:
		a.stopReason = v.lower()
	case anthropicError:
		a.failure.tell(v)
	case anthropicErrorType:
		a.failure.kind = errorName(v)
	case anthropicTier:
		a.tier = cmp.Or(namedTier(v), a.tier)
	default:
		if to := a.snapshot.count(f); to != nil {
			*to = v.count()
		}
	}
}

// anthropicUsage is a usage object, or what those of a stream amount to.
type anthropicUsage struct {
	input, cacheRead, cacheWrite analysis.Count
	cacheWrite5m, cacheWrite1h   analysis.Count
	output, thinking             analysis.Count
}

// count returns where the count of a field belongs, nil for other fields.
func (u *anthropicUsage) count(f field) *analysis.Count {
	switch f {
	case anthropicInput:
		return &u.input
	case anthropicCacheRead:
		return &u.cacheRead
	case anthropicCacheWrite:
		return &u.cacheWrite
	case anthropicCacheWrite5m:
		return &u.cacheWrite5m
	case anthropicCacheWrite1h:
		return &u.cacheWrite1h
	case anthropicOutput:
		return &u.output
	case anthropicThinking:
		return &u.thinking
	}
	return nil
}

// take folds in the next usage object of a stream. Counts are cumulative; one
// that is absent or 0 takes nothing away.
func (u *anthropicUsage) take(next *anthropicUsage) {
	for f := anthropicInput; f <= anthropicThinking; f++ {
		to, with := u.count(f), next.count(f)
		if with.OrZero() > 0 || !to.IsKnown() {
			overwrite(to, *with)
		}
	}
}

// usage does Anthropic's arithmetic: the input's count excludes what was read
// from a cache and what was written to one; that count is also told by how
// long the cache lives. There is no total.
func (u *anthropicUsage) usage() analysis.Usage {
	written := u.cacheWrite
	if !written.IsKnown() {
		written = u.cacheWrite5m.Add(u.cacheWrite1h)
	}
	input := analysis.Unknown()
	if u.input.IsKnown() {
		input = u.input.Add(u.cacheRead).Add(written)
	}
	return analysis.Usage{
		Input:      input,
		Output:     u.output,
		CacheRead:  u.cacheRead,
		CacheWrite: written,
		Reasoning:  u.thinking,
	}
}
