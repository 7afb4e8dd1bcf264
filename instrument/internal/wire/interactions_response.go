// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/spanledger/spanledger/internal/analysis"
)

// What a document of an Interactions response may hold that we report.
const (
	interactionsDocument field = iota + 1
	interactionsEvent
	interactionsID
	interactionsModel
	interactionsStatus
	interactionsTier
	interactionsContinuation
	interactionsError
	interactionsErrorCode
	interactionsUsageObject
	interactionsInput
	interactionsOutput
	interactionsThoughts
	interactionsToolUse
	interactionsCached
	interactionsTotal
	interactionsInputDetail
	interactionsOutputDetail
	interactionsDetailModality
	interactionsDetailCount
)

// An interaction stands alone, or within the events of a stream, any of which
// may tell the usage so far.
var interactionsPaths = compile(interactionsDocument, slices.Concat(
	[]path{
		{"event_type", interactionsEvent},
		{"interaction_id", interactionsID},
		{"error", interactionsError},
		{"error.code", interactionsErrorCode},
	},
	interactionPaths(""),
	interactionPaths("interaction."),
	interactionsUsagePaths("usage"),
	interactionsUsagePaths("interaction.usage"),
	interactionsUsagePaths("metadata.total_usage"),
)...)

func interactionPaths(at string) []path {
	return []path{
		{at + "id", interactionsID},
		{at + "model", interactionsModel},
		{at + "status", interactionsStatus},
		{at + "service_tier", interactionsTier},
		{at + "continuation_token~", interactionsContinuation},
		{at + "errors[].code", interactionsErrorCode},
	}
}

func interactionsUsagePaths(at string) []path {
	return []path{
		{at, interactionsUsageObject},
		{at + ".total_input_tokens", interactionsInput},
		{at + ".total_output_tokens", interactionsOutput},
		{at + ".total_thought_tokens", interactionsThoughts},
		{at + ".total_reasoning_tokens", interactionsThoughts},
		{at + ".total_tool_use_tokens", interactionsToolUse},
		{at + ".total_cached_tokens", interactionsCached},
		{at + ".total_tokens", interactionsTotal},
		{at + ".input_tokens_by_modality[]", interactionsInputDetail},
		{at + ".input_tokens_by_modality[].modality", interactionsDetailModality},
		{at + ".input_tokens_by_modality[].tokens", interactionsDetailCount},
		{at + ".output_tokens_by_modality[]", interactionsOutputDetail},
		{at + ".output_tokens_by_modality[].modality", interactionsDetailModality},
		{at + ".output_tokens_by_modality[].tokens", interactionsDetailCount},
	}
}

// interactionsResponse is the sink of a response's documents. The counts
// follow Gemini's arithmetic under names of their own.
type interactionsResponse struct {
	id, model  string
	tier       string
	headerTier string
	failure    failure
	state      lifecycle
	checkpoint checkpoint

	usage    geminiUsage
	snapshot geminiUsage // the usage object at hand
	detail   geminiDetail

	last, over bool // the document at hand, or one before, is the last
}

var interactionsExchanges pool[bodyRequest, interactionsResponse]

func newInteractionsExchange(known Request, unread bool) Exchange {
	x := interactionsExchanges.get()
	x.req.known = known
	x.unread = unread
	x.ask(&x.req, interactionsRequestPaths)
	x.answer(&x.resp, interactionsPaths)
	return x
}

// header implements responseSink.
func (r *interactionsResponse) header(h http.Header) {
	r.headerTier = servedTier(value(h.Get(geminiTierHeader)))
}

// ended implements responseSink.
func (r *interactionsResponse) ended() bool { return r.over }

// result implements responseSink.
func (r *interactionsResponse) result() Response {
	failed := r.failure
	failed.seen = failed.seen || r.state.failed()
	return Response{
		ID:            r.id,
		Model:         modelName(r.model),
		FinishReasons: r.state.reasons(),
		ServiceTier:   cmp.Or(r.headerTier, r.tier),
		Usage:         r.usage.usage(),
		ErrorType:     failed.errorType(),
		Continuation:  r.checkpoint.token(&r.state),
	}
}

func (r *interactionsResponse) open(f field) {
	switch f {
	case interactionsDocument:
		r.last = false
		r.checkpoint.open()
	case interactionsError:
		r.failure = failure{seen: true}
	case interactionsUsageObject:
		r.snapshot = geminiUsage{}
	case interactionsInputDetail, interactionsOutputDetail:
		r.detail = geminiDetail{}
	}
}

func (r *interactionsResponse) list(f field) {
	switch f {
	case interactionsInputDetail:
		r.snapshot.inputBy = analysis.Modalities{}
	case interactionsOutputDetail:
		r.snapshot.outputBy = analysis.Modalities{}
	}
}

func (r *interactionsResponse) close(f field) {
	switch f {
	case interactionsDocument:
		r.over = r.over || r.last
		r.checkpoint.close()
	case interactionsUsageObject:
		r.usage.take(&r.snapshot)
	case interactionsInputDetail:
		r.detail.addTo(&r.snapshot.inputBy)
	case interactionsOutputDetail:
		r.detail.addTo(&r.snapshot.outputBy)
	}
}

func (r *interactionsResponse) value(f field, v value) {
	switch f {
	case interactionsEvent:
		r.state.stream = true
		r.checkpoint.event = interactionEventOf(v)
		r.last = r.checkpoint.event == eventCompleted
	case interactionsID:
		r.id = v.name(r.id)
	case interactionsModel:
		r.model = v.name(r.model)
	case interactionsStatus:
		r.state.status = v.lower()
	case interactionsTier:
		r.tier = cmp.Or(namedTier(v), r.tier)
	case interactionsContinuation:
		r.checkpoint.take(v)
	case interactionsErrorCode:
		r.failure.code = errorName(v)
	default:
		r.measure(f, v)
	}
}

// measure takes a value of a usage object.
func (r *interactionsResponse) measure(f field, v value) {
	u := &r.snapshot
	switch f {
	case interactionsInput:
		u.prompt = v.count()
	case interactionsOutput:
		u.candidates = v.count()
	case interactionsThoughts:
		u.thoughts = v.count()
	case interactionsToolUse:
		u.toolUse = v.count()
	case interactionsCached:
		u.cached = v.count()
	case interactionsTotal:
		u.total = v.count()
	case interactionsDetailModality:
		r.detail.modality = v.lower()
	case interactionsDetailCount:
		r.detail.count = v.count()
	}
}
