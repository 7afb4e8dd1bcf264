// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// exchange is what the Exchanges of all dialects share: framing, the status, and how a body that ended badly shows.
type exchange struct {
	request requestSink
	asked   scanner
	unread  bool // the request's body is encoded

	response responseSink
	answered body
	opaque   bool // the response's body is encoded
	status   int

	chunks int
}

// requestSink reads the body of a request.
type requestSink interface {
	sink
	// result returns what is known so far.
	result() Request
}

// responseSink reads the documents of a response.
type responseSink interface {
	sink
	// header takes the header, before the body.
	header(h http.Header)
	// result returns everything but the usage's status and the chunks.
	// ErrorType is what the documents say.
	result() Response
	// ended reports whether a document said that no more will come.
	ended() bool
}

// ask tells where a request's body goes, and what of it matters.
func (x *exchange) ask(to requestSink, paths *node) {
	x.request, x.asked.root, x.asked.sink = to, paths, to
}

// answer tells where the response's documents go, and what of them matters.
func (x *exchange) answer(to responseSink, paths *node) {
	x.response, x.answered.scanner.root, x.answered.scanner.sink = to, paths, to
}

// RequestBody takes the next bytes of the request's body.
func (x *exchange) RequestBody(p []byte) {
	if !x.unread {
		x.asked.write(p)
	}
}

// Request returns what is known of the request so far.
func (x *exchange) Request() Request { return x.request.result() }

// ResponseHeader takes the response's status and header.
func (x *exchange) ResponseHeader(status int, header http.Header) {
	x.status, x.opaque = status, encoded(header)
	x.response.header(header)
}

// ResponseBody takes the next bytes of the response's body.
func (x *exchange) ResponseBody(p []byte) (chunks int) {
	if x.opaque || len(p) == 0 {
		return 0
	}
	before := x.answered.scanner.documents
	x.answered.write(p)
	if !x.answered.stream() {
		return 0
	}
	chunks = x.answered.scanner.documents - before
	x.chunks += chunks
	return chunks
}

// Complete reports whether a JSON document or array has been closed, or an
// event said that it was the last.
func (x *exchange) Complete() bool { return x.answered.closed() || x.response.ended() }

// Response returns what is known of the response so far.
func (x *exchange) Response(end End) Response {
	r := x.response.result()
	r.Chunks = x.chunks
	failed := r.ErrorType != "" && r.ErrorType != semconv.ErrorTypePromptBlocked
	r.Usage.Status = x.usageStatus(&r, end, failed)
	r.ErrorType = x.errorType(r.ErrorType, end)
	return r
}

// usageStatus says how far to trust counts: those of a body that failed or
// was cut are a lower bound. A proxy may end a stream that was cut before it
// as if it were whole; then the finish reason is missing.
func (x *exchange) usageStatus(r *Response, end End, failed bool) analysis.UsageStatus {
	switch {
	case !r.Usage.Input.IsKnown() && !r.Usage.Output.IsKnown():
		return analysis.StatusUnknown
	case failed, end == Cut && !x.Complete(), !x.answered.sound(),
		x.answered.stream() && r.Continuation == "" && slices.Contains(r.FinishReasons, semconv.FinishReasonError):
		return analysis.StatusPartial
	}
	return analysis.StatusReported
}

// errorType puts the HTTP status before what the documents say, and what they
// say before their form.
func (x *exchange) errorType(told string, end End) string {
	switch {
	case x.status >= http.StatusBadRequest:
		return strconv.Itoa(x.status)
	case told != "":
		return told
	case x.status == 0 || x.opaque:
		return ""
	case x.answered.broken, end == Whole && !x.answered.sound():
		return semconv.ErrorTypeInvalidResponse
	}
	return ""
}

// amazonEventStream is a binary framing with checksums, which Bedrock's
// streams come in.
const amazonEventStream = "application/vnd.amazon.eventstream"

// encoded reports whether a body is compressed or otherwise not readable as
// it passes.
func encoded(h http.Header) bool {
	encoding := h.Get("Content-Encoding")
	return encoding != "" && encoding != "identity" || h.Get("Content-Type") == amazonEventStream
}
