// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"net/http"
	"strconv"
	"time"
)

// FailedAttempt is a request that got no good answer, as [WithRetryPolicy]
// sees it.
type FailedAttempt struct {
	// Path is the path of the request's URL.
	Path string
	// Number counts the requests that were sent for the same thing, from 1.
	Number int
	// Status is the HTTP status, 0 where no response came. Below 400 the answer
	// began well and broke off.
	Status int
	// TimedOut says that the response, or the rest of it, did not come in time.
	TimedOut bool
	// Unread says that the client closed the response without reading it.
	Unread bool
	// Stream says that the answer was to come in pieces.
	Stream bool
}

// WithRetryPolicy tells a transport of [NewTransport] what its client does after
// a failed attempt, where that does not show: mayRetry returns true where the
// client may send the request again by itself. The call then waits for that
// request, and ends as it was where none comes. It may be called from many
// goroutines at once. Defaults to false, and for clients of the Stainless
// family, which count their retries in a header, to true where no response
// came. The packages for each SDK set it.
//
// A response with a status that is worth a retry, which the client closes
// without a look at its body, needs no policy: whoever gives up wants to know
// why.
func WithRetryPolicy(mayRetry func(FailedAttempt) bool) Option {
	return callOption(func(c *callConfig) { c.mayRetry = mayRetry })
}

// retryCountHeader is where SDKs made by Stainless count retries, from 0.
const retryCountHeader = "X-Stainless-Retry-Count"

// retryCount returns how many requests went before, as the request says, and
// -1 where it does not.
func retryCount(req *http.Request) int {
	if values := req.Header[retryCountHeader]; len(values) > 0 {
		if n, err := strconv.Atoi(values[0]); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

// isWorthRetry tells a response after which clients send a request again.
func isWorthRetry(status int, header http.Header) bool {
	switch header.Get("X-Should-Retry") {
	case "true":
		return status >= http.StatusBadRequest
	case "false":
		return false
	}
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// isReplayable tells a request whose body can be sent again.
func isReplayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

const (
	maxPause   = time.Minute     // the longest that clients wait between attempts
	slack      = 5 * time.Second // for a client that is late
	maxDoubled = 6               // 2^6 s are beyond maxPause
)

// patience returns how long to wait for the request that follows a number of
// attempts: as long as the server asks for, or else as long as a client that
// backs off exponentially does.
func patience(attempts int, header http.Header) time.Duration {
	pause, asked := retryAfter(header)
	if !asked {
		pause = time.Second<<min(max(attempts-1, 0), maxDoubled) + time.Second
	}
	return min(max(pause, 0), maxPause) + slack
}

// retryAfter returns what a server asks for, in milliseconds, in seconds, or as
// a date.
func retryAfter(header http.Header) (pause time.Duration, ok bool) {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil {
		return inUnits(ms, time.Millisecond), true
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return inUnits(seconds, time.Second), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return time.Until(at), true
	}
	return 0, false
}

// inUnits keeps absurd numbers from overflowing.
func inUnits(n float64, unit time.Duration) time.Duration {
	if !(n < float64(maxPause/unit)) {
		return maxPause
	}
	return time.Duration(n * float64(unit))
}
