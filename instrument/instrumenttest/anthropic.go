// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"context"
	"net/http"
	"strings"
)

// Anthropic is a stand-in for the Anthropic API: messages and the counting of
// their tokens. It is an [http.Handler], and serves itself on a local port after
// Start. All methods may be called from many goroutines at once. Create it with
// [NewAnthropic] or [StartAnthropic].
type Anthropic struct {
	standIn

	prefixes prefixes
}

// NewAnthropic returns a stand-in that answers through ServeHTTP only, until
// Start is called.
func NewAnthropic(opts ...Option) *Anthropic {
	a := &Anthropic{}
	a.init(a, opts)
	return a
}

// StartAnthropic returns a stand-in that listens on a free port of 127.0.0.1.
// Close it when done. The context is for the start only.
func StartAnthropic(ctx context.Context, opts ...Option) (*Anthropic, error) {
	a := NewAnthropic(opts...)
	if err := a.Start(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

var anthropicPaths = map[string]Kind{
	"/v1/messages":              KindMessages,
	"/v1/messages/count_tokens": KindCountMessages,
}

// ServeHTTP implements [http.Handler].
func (a *Anthropic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.begin() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer a.calls.Done()

	key := r.Header.Get("X-Api-Key")
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c := &chatCall{answering: answering{server: &a.standIn, w: w, r: r}, key: cmp.Or(key, bearer)}
	if r.Method == http.MethodPost {
		c.kind = anthropicPaths[r.URL.Path]
	}
	c.update = a.journal.open(Exchange{
		Path: r.URL.Path, Kind: c.kind, KeyInHeader: key != "", BearerToken: isBearer,
	})
	api := anthropic{prefixes: &a.prefixes, request: "req_" + a.ids.next(&Request{Path: r.URL.Path})}
	w.Header().Set("Request-Id", api.request)
	c.serve(api)
}

// anthropic is the API in which a call is answered.
type anthropic struct {
	prefixes *prefixes
	request  string // the request's id
}

func (a anthropic) answer(c *chatCall) {
	switch {
	case len(c.req.parsed.Contents) == 0:
		a.refuse(c, problem{status: http.StatusBadRequest, message: "messages: at least one message is required"})
	case c.kind == KindCountMessages:
		counted := struct {
			InputTokens int `json:"input_tokens"`
		}{promptUsage(&c.req, Modalities{}).Prompt}
		c.whole(answer{contentType: "application/json", raw: compact(counted)})
	case c.asked.MaxTokens <= 0:
		a.refuse(c, problem{status: http.StatusBadRequest, message: "max_tokens: field required"})
	default:
		a.message(c)
	}
}

// anthropicErrors are the types of errors that a status alone does not tell.
var anthropicErrors = map[int]string{
	http.StatusBadRequest:            "invalid_request_error",
	http.StatusUnauthorized:          "authentication_error",
	http.StatusForbidden:             "permission_error",
	http.StatusNotFound:              "not_found_error",
	http.StatusRequestEntityTooLarge: "request_too_large",
	http.StatusTooManyRequests:       "rate_limit_error",
	http.StatusInternalServerError:   "api_error",
	http.StatusServiceUnavailable:    "overloaded_error",
	http.StatusGatewayTimeout:        "timeout_error",
	statusOverloaded:                 "overloaded_error",
}

// statusOverloaded is Anthropic's own status for having too much to do.
const statusOverloaded = 529

// anthropicFailure is an error as Anthropic writes it.
type anthropicFailure struct {
	Type      string         `json:"type"`
	Error     anthropicError `json:"error"`
	RequestID string         `json:"request_id,omitempty"`
}

type anthropicError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

func (a anthropic) failure(p problem) anthropicFailure {
	kind := cmp.Or(anthropicErrors[p.status], "api_error")
	return anthropicFailure{"error", anthropicError{kind, cmp.Or(p.message, "Overloaded")}, a.request}
}

func (a anthropic) refuse(c *chatCall, p problem) {
	setRetryAfter(c.w.Header(), p.retryAfter)
	c.failWith(p.status, answer{contentType: "application/json", raw: compact(a.failure(p))})
}
