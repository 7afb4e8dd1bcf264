// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// OpenAI is a stand-in for the OpenAI API: chat completions, responses and
// embeddings, under /v1/ and, for the first and the last, under the path of
// Gemini's compatible API, /v1beta/openai/. It is an [http.Handler], and serves
// itself on a local port after Start. All methods may be called from many
// goroutines at once. Create it with [NewOpenAI] or [StartOpenAI].
type OpenAI struct{ standIn }

// NewOpenAI returns a stand-in that answers through ServeHTTP only, until Start
// is called.
func NewOpenAI(opts ...Option) *OpenAI {
	o := &OpenAI{}
	o.init(o, opts)
	return o
}

// StartOpenAI returns a stand-in that listens on a free port of 127.0.0.1. Close
// it when done. The context is for the start only.
func StartOpenAI(ctx context.Context, opts ...Option) (*OpenAI, error) {
	o := NewOpenAI(opts...)
	if err := o.Start(ctx); err != nil {
		return nil, err
	}
	return o, nil
}

// openAIPaths are the methods by their path below the version.
var openAIPaths = map[string]Kind{
	"/v1/chat/completions":                KindChat,
	"/v1/responses":                       KindResponses,
	"/v1/embeddings":                      KindEmbeddings,
	geminiCompatible + "chat/completions": KindChat,
	geminiCompatible + "embeddings":       KindEmbeddings,
}

// geminiCompatible is where Gemini speaks as OpenAI does.
const geminiCompatible = "/v1beta/openai/"

// ServeHTTP implements [http.Handler].
func (o *OpenAI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !o.begin() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer o.calls.Done()

	c := &chatCall{answering: answering{server: &o.standIn, w: w, r: r}}
	if r.Method == http.MethodPost {
		c.kind = openAIPaths[r.URL.Path]
	}
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if bearer {
		c.key = key
	}
	c.update = o.journal.open(Exchange{Path: r.URL.Path, Kind: c.kind, BearerToken: bearer})
	w.Header().Set("X-Request-Id", "req_"+o.ids.next(&Request{Path: r.URL.Path}))
	w.Header().Set("Openai-Version", "2020-10-01")
	c.serve(openAI{compatible: strings.HasPrefix(r.URL.Path, geminiCompatible)})
}

// openAI is the API in which a call is answered.
type openAI struct {
	compatible bool // with OpenAI, but Gemini's
}

func (o openAI) answer(c *chatCall) {
	switch {
	case c.kind == KindEmbeddings:
		o.embed(c)
	case len(c.req.parsed.Contents) == 0:
		o.refuse(c, problem{status: http.StatusBadRequest, message: "There are no messages."})
	case c.kind == KindResponses:
		respond(c)
	default:
		o.chat(c)
	}
}

// openAIError is an error as OpenAI writes it.
type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

type openAIErrorBody struct {
	Error *openAIError `json:"error"`
}

// document is a problem in the API's words. Gemini's compatible API words it as
// Gemini does.
func (o openAI) document(p problem) any {
	if o.compatible {
		return errorBody{newAPIError(p.status, p.message)}
	}
	return openAIErrorBody{newOpenAIError(p)}
}

func newOpenAIError(p problem) *openAIError {
	e := &openAIError{Message: p.message, Type: "invalid_request_error"}
	switch {
	case p.status == http.StatusTooManyRequests:
		e.Type, e.Code = "requests", new("rate_limit_exceeded")
	case p.status >= http.StatusInternalServerError:
		e.Type = "server_error"
	case p.reason == reasonKey:
		e.Code = new("invalid_api_key")
	case p.reason == reasonModel:
		e.Code = new("model_not_found")
	}
	return e
}

func (o openAI) refuse(c *chatCall, p problem) {
	setRetryAfter(c.w.Header(), p.retryAfter)
	document := o.document(p)
	if o.compatible {
		document = []any{document} // as Gemini puts it, in a list
	}
	c.failWith(p.status, answer{contentType: "application/json", raw: pretty(document)})
}

// setRetryAfter says when to try again: in whole seconds, and exactly.
func setRetryAfter(header http.Header, d time.Duration) {
	if d <= 0 {
		return
	}
	header.Set("Retry-After", strconv.Itoa(perUnit(int(d), int(time.Second))))
	header.Set("Retry-After-Ms", strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64))
}

// servedTier is the tier that serves a request that asked for one.
func servedTier(asked string) string {
	switch asked {
	case "flex", "priority":
		return asked
	}
	return "default"
}

// openAIFinish are OpenAI's names of why a model stopped.
var openAIFinish = map[string]string{"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter"}

func openAIReason(a Answer) string {
	if len(a.Calls) > 0 && a.FinishReason == "STOP" {
		return "tool_calls"
	}
	return cmp.Or(openAIFinish[a.FinishReason], strings.ToLower(a.FinishReason))
}

// createdAt is when everything was made, so that the same request gives the
// same answer.
const createdAt = 1_767_225_600

// sse is one server-sent event, with its name where it has one.
func sse(name string, document any) []byte {
	raw := append([]byte("data: "), compact(document)...)
	if name != "" {
		raw = append([]byte("event: "+name+"\n"), raw...)
	}
	return append(raw, "\n\n"...)
}

// argumentsOf are a function's arguments as OpenAI sends them: JSON in a text.
func argumentsOf(call *FunctionCall) string {
	raw, err := json.Marshal(call.Args)
	if err != nil || call.Args == nil {
		return "{}"
	}
	return string(raw)
}
