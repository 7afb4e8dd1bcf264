// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Exchange reads one HTTP request and its response. It is not safe for
// concurrent use, but the request's and the response's methods may be called
// from two goroutines: they share nothing.
type Exchange interface {
	// RequestBody takes the next bytes of the request's body.
	RequestBody(p []byte)
	// Request returns what is known of the request so far.
	Request() Request
	// ResponseHeader takes the response's status and header, before the body.
	ResponseHeader(status int, header http.Header)
	// ResponseBody takes the next bytes of the response's body, and returns how
	// many pieces of a stream (events or array elements) ended in them.
	ResponseBody(p []byte) (chunks int)
	// Complete reports whether the response's body says of itself that it has
	// ended, before the connection does.
	Complete() bool
	// Response returns what is known of the response so far. End says whether
	// the body was read to its end.
	Response(end End) Response
	// Free gives the memory of the exchange to a later one. Nothing of the
	// exchange may be called from then on; what it has returned stays.
	Free()
}

// End says how the body of a response ended.
type End uint8

// The ends of a body.
const (
	// Whole: the body was read to its end.
	Whole End = iota
	// Cut: reading stopped before the end.
	Cut
)

// Request is what a request says of a call. Fields that it does not set are
// nil, empty or unknown.
type Request struct {
	Provider  string // value of gen_ai.provider.name
	Operation string // value of gen_ai.operation.name
	Model     string // without "models/" or a publisher's path
	Stream    bool
	// CallType is inferred from what is asked: call_llm and its like.
	CallType analysis.CallType
	// OutputType is "text", "json", "image" or "speech", where asked for.
	OutputType string

	Temperature, TopP, FrequencyPenalty, PresencePenalty *float64
	TopK, MaxTokens, Seed, ChoiceCount                   *int64
	StopSequences                                        []string
}

// Response is what a response says of a call.
type Response struct {
	ID            string
	Model         string
	FinishReasons []string // in lower case, one per candidate
	ServiceTier   string   // value of spanledger.service.tier
	Usage         analysis.Usage
	// ErrorType is the value of error.type where the response is a failure:
	// an HTTP status of 400 and above, an error object within a 200 stream, a
	// blocked prompt, a body that is not what was promised. Never a text.
	ErrorType string
	// Chunks is how many events or array elements a stream had.
	Chunks int
	// Continuation is the beginning, 128 bytes at most, of the token by which a
	// client may ask for the rest of an answer that stopped before its end.
	// Empty where there is none.
	Continuation string
}
