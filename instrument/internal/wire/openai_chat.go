// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"net/http"
	"slices"
)

// Groq puts a stream's usage into an object of its own, whether or not the
// request asks for usage; DeepSeek and Moonshot have a name of their own for
// what came from a cache.
var openaiChatPaths = compile(openaiDocument, slices.Concat(
	[]path{
		{"id", openaiID},
		{"model", openaiModel},
		{"service_tier", openaiTier},
		{"choices[]", openaiChoice},
		{"choices[].index", openaiIndex},
		{"choices[].finish_reason", openaiFinishReason},
		{"choices[].error~", openaiError},
		{"choices[].error.code", openaiErrorCode},
		{"error~", openaiError},
		{"error.code", openaiErrorCode},
		{"error.type", openaiErrorType},
		{"usage.prompt_cache_hit_tokens", openaiCacheRead},
		{"usage.cached_tokens", openaiCacheRead},
	},
	openaiUsagePaths("usage", "prompt", "completion"),
	openaiUsagePaths("x_groq.usage", "prompt", "completion"),
)...)

// openaiChat is the sink of the documents that answer chat completions,
// legacy completions and embeddings.
type openaiChat struct {
	provider  string
	id, model string
	tier      string
	failure   failure
	choices   candidateSet

	usage    openaiUsage
	snapshot openaiUsage // the usage object at hand
}

var openaiChatExchanges pool[bodyRequest, openaiChat]

func newOpenAIChat(known Request, unread bool) Exchange {
	x := openaiChatExchanges.get()
	x.req.known, x.req.deployed = known, known.Model != ""
	x.resp.provider = known.Provider
	x.unread = unread
	x.ask(&x.req, openaiRequestPaths)
	x.answer(&x.resp, openaiChatPaths)
	return x
}

// header implements responseSink.
func (*openaiChat) header(http.Header) {}

// ended implements responseSink. The end mark is no document.
func (*openaiChat) ended() bool { return false }

// result implements responseSink.
func (c *openaiChat) result() Response {
	return Response{
		ID:            c.id,
		Model:         bareModel(c.provider, c.model),
		FinishReasons: c.choices.reasons(),
		ServiceTier:   c.tier,
		Usage:         c.usage.usage(),
		ErrorType:     c.failure.errorType(),
	}
}

func (c *openaiChat) open(f field) {
	switch f {
	case openaiDocument:
		c.choices.position = 0
		c.choices.pending = false
	case openaiChoice:
		c.choices.open()
	case openaiError:
		c.failure = failure{seen: true}
	case openaiUsageObject:
		c.snapshot = openaiUsage{}
	}
}

func (*openaiChat) list(field) {}

func (c *openaiChat) close(f field) {
	switch f {
	case openaiChoice:
		c.choices.close()
	case openaiUsageObject:
		c.usage.take(&c.snapshot)
	}
}

func (c *openaiChat) value(f field, v value) {
	switch f {
	case openaiID:
		c.id = v.name(c.id)
	case openaiModel:
		c.model = v.name(c.model)
	case openaiTier:
		c.tier = cmp.Or(namedTier(v), c.tier)
	case openaiIndex:
		c.choices.setIndex(v)
	case openaiFinishReason:
		c.choices.finish(v)
	case openaiError:
		c.failure.tell(v)
	case openaiErrorCode:
		c.failure.code = errorName(v)
	case openaiErrorType:
		c.failure.kind = errorName(v)
	default:
		c.snapshot.measure(f, v)
	}
}
