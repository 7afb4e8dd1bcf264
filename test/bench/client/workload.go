// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"google.golang.org/genai"
)

const (
	model = "gemini-2.5-flash"
	kilo  = 1 << 10
)

// Workload is one kind of call: the prompt that is sent and what comes back.
type Workload struct {
	Name string
	// Events is how many events the answer has, 0 for an answer in one piece.
	Events int
	// Weight is about how many times the first workload this one takes: so
	// many times fewer calls are made.
	Weight int

	prompt []*genai.Content
	body   string // in one piece
	event  string // of a stream, all but the last
	last   string
}

// NewUnary returns a call whose answer is a text of so many bytes.
func NewUnary(name string, size int) Workload {
	return Workload{
		Name: name, Weight: 1 + size/(6*kilo), prompt: prompt(),
		body: document(text(size), `,"finishReason":"STOP"`, 40),
	}
}

// NewStream returns a call whose answer comes in events of so many bytes.
func NewStream(name string, events, size int) Workload {
	return Workload{
		Name: name, Events: events, Weight: 1 + events/4, prompt: prompt(),
		event: "data: " + document(text(size), "", 40) + "\r\n\r\n",
		last:  "data: " + document(text(size), `,"finishReason":"STOP"`, 800) + "\r\n\r\n",
	}
}

// Workloads are those that every comparison makes: 2 KB are sent.
func Workloads() []Workload {
	return []Workload{
		NewUnary("unary, 1 KB", kilo),
		NewUnary("unary, 64 KB", 64*kilo),
		NewStream("stream, 20 chunks of 200 B", 20, 200),
	}
}

func prompt() []*genai.Content { return genai.Text(text(2 * kilo)) }

// text returns prose of so many bytes, with the line ends that answers have.
func text(size int) string {
	const line = "The moving average crosses the upper band, and the volume confirms what it says:\n" +
		"the trend is up while it stays above. \"Up\" is no promise.\n"
	return strings.Repeat(line, size/len(line)+1)[:size]
}

// document is a response as Gemini writes it, which counts in every event.
func document(text, finish string, output int) string {
	return fmt.Sprintf(`{"candidates":[{"content":{"parts":[{"text":%q}],"role":"model"}%s,"index":0}],`+
		`"usageMetadata":{"promptTokenCount":520,"candidatesTokenCount":%d,"totalTokenCount":%d,`+
		`"promptTokensDetails":[{"modality":"TEXT","tokenCount":520}],"thoughtsTokenCount":60},`+
		`"modelVersion":"gemini-2.5-flash","responseId":"cjGwadCGE7yvnsEP3tfsiQk"}`,
		text, finish, output, 580+output)
}

// call makes the call and reads all of its answer. It returns the last piece.
func (w *Workload) call(
	ctx context.Context, client *genai.Client, chunk func(),
) (last *genai.GenerateContentResponse, err error) {
	if w.Events == 0 {
		return client.Models.GenerateContent(ctx, model, w.prompt, nil)
	}
	events := 0
	for response, err := range client.Models.GenerateContentStream(ctx, model, w.prompt, nil) {
		if err != nil {
			return nil, err
		}
		events, last = events+1, response
		chunk()
	}
	if events != w.Events {
		return nil, fmt.Errorf("stream of %d events: %d came", w.Events, events)
	}
	return last, nil
}

// provider answers every request from memory.
type provider struct{ workload *Workload }

// RoundTrip implements [http.RoundTripper].
func (p provider) RoundTrip(request *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		return nil, err
	}
	if err := request.Body.Close(); err != nil {
		return nil, err
	}
	response := &http.Response{
		StatusCode: http.StatusOK, Request: request, ContentLength: -1,
		Header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}},
		Body:   io.NopCloser(strings.NewReader(p.workload.body)),
	}
	if p.workload.Events > 0 {
		response.Header.Set("Content-Type", "text/event-stream")
		response.Body = &events{workload: p.workload}
	}
	return response, nil
}

// events is the body of a stream. As from a network, no read returns more
// than what is left of one event.
type events struct {
	workload *Workload
	begun    int
	rest     string
}

// Read implements [io.Reader].
func (e *events) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.begun++
		switch {
		case e.begun < e.workload.Events:
			e.rest = e.workload.event
		case e.begun == e.workload.Events:
			e.rest = e.workload.last
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// Close implements [io.Closer].
func (e *events) Close() error { return nil }
