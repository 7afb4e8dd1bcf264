// SPDX-License-Identifier: Apache-2.0

package secrets_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// What must not leave: a word of each kind. Nothing else has a canary in it.
const (
	prompt = "canary-prompt: where does it go?"
	answer = "canary-answer: it goes up"
	key    = "canary-key-1f7a"
	query  = "canary-query=canary-query"
	media  = "canary-media" // its base64 begins as that of every canary
	echo   = prompt + " " + answer + " with " + key + " at http://canary-user:canary-pass@host/?" + query
)

// provider answers in every dialect, and badly in one way.
type provider struct {
	*httptest.Server

	way      string
	requests atomic.Int64
	baggage  outlet // that came
}

// ways are all that can happen to a request.
var ways = []string{
	"Answer", "Fields", "Headers", "Gzip", "Status400", "Status401", "Status429", "Status500", "ErrorInAnswer",
	"Garbage", "Cut", "Hang", "Blocked", "Redirect", "RedirectElsewhere", "Retried", "Refused",
}

func newProvider(t *testing.T, way string) *provider {
	t.Helper()
	p := &provider{way: way}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	if way == "Refused" {
		p.Close()
	}
	return p
}

// ServeHTTP implements http.Handler.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := p.requests.Add(1)
	for _, members := range r.Header.Values("Baggage") {
		fmt.Fprintln(&p.baggage, members)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d := dialectOf(r, strings.Contains(string(body), `"stream":true`))
	w.Header().Set("X-Request-Id", echo)
	w.Header().Set("Content-Type", d.contentType())
	if answer := answers[p.way]; answer != nil {
		answer(w, r, d)
		return
	}
	switch {
	case strings.HasPrefix(p.way, "Redirect"):
		p.redirect(w, r, d)
	case p.way == "Retried" && n%2 == 1:
		w.Header().Set("Retry-After-Ms", "1")
		refuse(http.StatusServiceUnavailable)(w, r, d)
	default:
		d.write(w, "")
	}
}

// answers are the ways that take no more than an answer of their own.
var answers = map[string]func(http.ResponseWriter, *http.Request, dialect){
	"Fields": func(w http.ResponseWriter, _ *http.Request, d dialect) {
		d.write(w, "canary answer 7 "+strings.Repeat("canary-answer ", 20))
	},
	"Headers": func(w http.ResponseWriter, _ *http.Request, d dialect) {
		for _, name := range []string{
			"X-Gemini-Service-Tier", "Openai-Organization", "Openai-Processing-Ms", "Request-Id", "Set-Cookie",
			"Warning", "Anthropic-Organization-Id", "Openai-Model", "Baggage", "Traceparent",
		} {
			w.Header().Set(name, echo)
		}
		d.write(w, "")
	},
	"Gzip": func(w http.ResponseWriter, _ *http.Request, d dialect) {
		w.Header().Set("Content-Encoding", "gzip")
		zipped := gzip.NewWriter(w)
		d.write(zipped, "")
		_ = zipped.Close()
	},
	"Status400":     refuse(http.StatusBadRequest),
	"Status401":     refuse(http.StatusUnauthorized),
	"Status429":     refuse(http.StatusTooManyRequests),
	"Status500":     refuse(http.StatusInternalServerError),
	"ErrorInAnswer": func(w http.ResponseWriter, _ *http.Request, d dialect) { d.fail(w) },
	"Garbage":       func(w http.ResponseWriter, _ *http.Request, _ dialect) { _, _ = io.WriteString(w, echo) },
	"Cut": func(w http.ResponseWriter, _ *http.Request, d dialect) {
		_, _ = io.WriteString(w, d.document("")[:60])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"Hang": func(_ http.ResponseWriter, r *http.Request, _ dialect) { <-r.Context().Done() },
	"Blocked": func(w http.ResponseWriter, _ *http.Request, d dialect) {
		_, _ = fmt.Fprintf(w, d.frame(), `{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"`+echo+`"}}`)
	},
}

func refuse(status int) func(http.ResponseWriter, *http.Request, dialect) {
	return func(w http.ResponseWriter, _ *http.Request, _ dialect) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, failure)
	}
}

// failure is an error with everything in it, in the words of every dialect.
const failure = `{"type":"error","message":"` + echo + `","error":{"message":"` + echo + `","type":"` + echo +
	`","code":"` + echo + `","status":"` + echo + `","param":"` + echo + `","details":[{"reason":"` + echo + `"}]}}`

// redirect sends a client on once, with secrets on its way.
func (p *provider) redirect(w http.ResponseWriter, r *http.Request, d dialect) {
	if r.URL.Query().Has("again") {
		d.write(w, "")
		return
	}
	path := r.URL.Path
	if p.way == "RedirectElsewhere" {
		path = "/canary-path"
	}
	host := strings.TrimPrefix(p.URL, "http://")
	target := "http://canary-user:canary-pass@" + host + path + "?again=1&" + r.URL.RawQuery + "&" + query
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// dialect is the form of an answer.
type dialect struct {
	path          string
	stream, array bool
}

func dialectOf(r *http.Request, stream bool) dialect {
	d := dialect{path: r.URL.Path, stream: stream}
	if strings.HasSuffix(d.path, ":streamGenerateContent") {
		d.stream, d.array = true, r.URL.Query().Get("alt") != "sse"
	}
	return d
}

func (d dialect) contentType() string {
	if d.stream && !d.array {
		return "text/event-stream"
	}
	return "application/json"
}

// frame is what stands around a document.
func (d dialect) frame() string {
	switch {
	case d.array:
		return "[%s]"
	case d.stream:
		return "data: %s\n\n"
	}
	return "%s"
}

// write answers. A text that is not empty stands wherever a name should.
func (d dialect) write(w io.Writer, name string) {
	_, _ = fmt.Fprintf(w, d.frame(), d.document(name))
	if d.stream && strings.HasSuffix(d.path, "/chat/completions") {
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}
	if d.stream && strings.HasSuffix(d.path, "/messages") {
		_, _ = io.WriteString(w, "data: {\"type\":\"message_stop\"}\n\n")
	}
}

// fail answers with an error after a status of 200.
func (d dialect) fail(w io.Writer) {
	if d.array {
		_, _ = fmt.Fprintf(w, "[%s,%s]", d.document(""), failure)
		return
	}
	if d.stream {
		_, _ = fmt.Fprintf(w, d.frame(), d.document(""))
	}
	_, _ = fmt.Fprintf(w, d.frame(), failure)
}

func (d dialect) document(name string) string {
	finish, id := "stop", "id-1"
	if name != "" {
		finish, id = name, name
	}
	fill := strings.NewReplacer("NAME", id, "FINISH", finish, "TEXT", answer).Replace
	switch {
	case strings.Contains(d.path, "mbed"):
		return fill(`{"embedding":{"values":[0.5]},"embeddings":[{"values":[0.5]}],"object":"list","model":"NAME",` +
			`"data":[{"object":"embedding","index":0,"embedding":[0.5]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`)
	case strings.HasSuffix(d.path, "/chat/completions"):
		return fill(
			`{"id":"NAME","object":"chat.completion","model":"NAME","service_tier":"NAME","choices":[{"index":0,` +
				`"message":{"role":"assistant","content":"TEXT","tool_calls":[` + chatTool + `]},` +
				`"delta":{"content":"TEXT","tool_calls":[` + chatTool + `]},"finish_reason":"FINISH"}],` +
				`"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}`,
		)
	case strings.HasSuffix(d.path, "/responses"):
		response := `{"id":"NAME","object":"response","model":"NAME","status":"NAME","service_tier":"NAME",` +
			`"incomplete_details":{"reason":"NAME"},"output":[{"type":"message","id":"NAME","role":"assistant","content":[` +
			`{"type":"output_text","text":"TEXT"}]},{"type":"function_call","name":"look","call_id":"c","arguments":"{\"q\":\"TEXT\"}"},` +
			`{"type":"code_interpreter_call","id":"i","code":"TEXT","outputs":[{"type":"logs","logs":"TEXT"}]}],` +
			`"usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}`
		if d.stream {
			response = `{"type":"response.completed","response":` + response + `}`
		}
		return fill(response)
	case strings.HasSuffix(d.path, "/messages"):
		message := `{"type":"message","id":"NAME","role":"assistant","model":"NAME","stop_reason":"FINISH","content":[` +
			`{"type":"text","text":"TEXT"},{"type":"tool_use","id":"t","name":"look","input":{"q":"TEXT"}},` +
			`{"type":"bash_code_execution_tool_result","tool_use_id":"u","content":{"stdout":"TEXT"}}],` +
			`"usage":{"input_tokens":3,"output_tokens":4,"service_tier":"NAME"}}`
		if d.stream {
			message = `{"type":"message_start","message":` + message + `}`
		}
		return fill(message)
	}
	return fill(`{"responseId":"NAME","modelVersion":"NAME","candidates":[{"index":0,"finishReason":"FINISH",` +
		`"finishMessage":"TEXT","content":{"role":"model","parts":[{"text":"TEXT"},{"functionCall":{"name":"look","args":{"q":"TEXT"}}},` +
		`{"executableCode":{"language":"PYTHON","code":"TEXT"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"TEXT"}}]}}],` +
		`"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7,"serviceTier":"NAME","trafficType":"NAME"}}`)
}

const chatTool = `{"index":0,"id":"c","type":"function","function":{"name":"look","arguments":"{\"q\":\"TEXT\"}"}}`
