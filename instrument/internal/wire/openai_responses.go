// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"net/http"
	"slices"
)

// A response stands alone, or within the events of a stream. What tools used
// besides, in tool_usage, is not the model's usage.
var openaiResponsesPaths = compile(openaiDocument, slices.Concat(
	openaiResponsePaths(""),
	openaiResponsePaths("response."),
	[]path{
		{"type", openaiEvent},
		{"code", openaiErrorCode},
	},
)...)

func openaiResponsePaths(at string) []path {
	return append([]path{
		{at + "id", openaiID},
		{at + "model", openaiModel},
		{at + "service_tier", openaiTier},
		{at + "status", openaiStatus},
		{at + "incomplete_details.reason", openaiCause},
		{at + "error~", openaiError},
		{at + "error.code", openaiErrorCode},
		{at + "error.type", openaiErrorType},
	}, openaiUsagePaths(at+"usage", "input", "output")...)
}

// openaiResponses is the sink of the documents that answer Responses.
type openaiResponses struct {
	provider  string
	id, model string
	tier      string
	failure   failure
	state     lifecycle

	usage    openaiUsage
	snapshot openaiUsage // the usage object at hand

	last, over bool // the document at hand, or one before, is the last
}

var openaiResponsesExchanges pool[bodyRequest, openaiResponses]

func newOpenAIResponses(known Request, unread bool) Exchange {
	x := openaiResponsesExchanges.get()
	x.req.known, x.req.deployed = known, known.Model != ""
	x.resp.provider = known.Provider
	x.unread = unread
	x.ask(&x.req, openaiRequestPaths)
	x.answer(&x.resp, openaiResponsesPaths)
	return x
}

// header implements responseSink.
func (*openaiResponses) header(http.Header) {}

// ended implements responseSink.
func (r *openaiResponses) ended() bool { return r.over }

// result implements responseSink.
func (r *openaiResponses) result() Response {
	failed := r.failure
	failed.seen = failed.seen || r.state.failed()
	return Response{
		ID:            r.id,
		Model:         bareModel(r.provider, r.model),
		FinishReasons: r.state.reasons(),
		ServiceTier:   r.tier,
		Usage:         r.usage.usage(),
		ErrorType:     failed.errorType(),
	}
}

func (r *openaiResponses) open(f field) {
	switch f {
	case openaiDocument:
		r.last = false
	case openaiError:
		r.failure = failure{seen: true}
	case openaiUsageObject:
		r.snapshot = openaiUsage{}
	}
}

func (*openaiResponses) list(field) {}

func (r *openaiResponses) close(f field) {
	switch f {
	case openaiDocument:
		r.over = r.over || r.last
	case openaiUsageObject:
		r.usage.take(&r.snapshot)
	}
}

func (r *openaiResponses) value(f field, v value) {
	switch f {
	case openaiEvent:
		r.event(v)
	case openaiID:
		r.id = v.name(r.id)
	case openaiModel:
		r.model = v.name(r.model)
	case openaiTier:
		r.tier = cmp.Or(namedTier(v), r.tier)
	case openaiStatus:
		r.state.status = v.lower()
	case openaiCause:
		r.state.cause = v.lower()
	case openaiError:
		r.failure.tell(v)
	case openaiErrorCode:
		r.failure.code = errorName(v)
	case openaiErrorType:
		r.failure.kind = errorName(v)
	default:
		r.snapshot.measure(f, v)
	}
}

// event takes the type of an event; a response that stands alone has none.
func (r *openaiResponses) event(v value) {
	r.state.stream = true
	switch string(v) {
	case "response.completed", "response.incomplete", "response.failed":
		r.last = true
	case "error":
		r.failure.seen = true
	}
}
