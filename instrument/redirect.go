// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"io"
	"net/http"
)

// redirectBody is the body of an answer that sends the client elsewhere. It
// leads from there back to the call, which goes on with the next request; the
// attempt ends with that, or else when nobody holds the answer any more.
type redirectBody struct {
	io.ReadCloser
	attempt *attempt
}

// isRedirect tells an answer after which an [http.Client] sends the same
// request again.
func isRedirect(res *http.Response) bool {
	return (res.StatusCode == http.StatusTemporaryRedirect || res.StatusCode == http.StatusPermanentRedirect) &&
		res.Header.Get("Location") != "" && res.Body != nil
}

// isRedirected tells a request that the answer to a call sent here.
func isRedirected(req *http.Request) bool {
	if req.Response == nil {
		return false
	}
	_, ok := req.Response.Body.(*redirectBody)
	return ok
}

// redirectedCall returns the call that a request goes on with because an
// answer sent it here, or nil.
func redirectedCall(req *http.Request) *Call {
	if req.Response == nil {
		return nil
	}
	if body, ok := req.Response.Body.(*redirectBody); ok {
		return body.attempt.passOn()
	}
	return nil
}

// passOn ends the attempt and hands over its call, which is nil where the
// attempt has ended before.
func (a *attempt) passOn() (call *Call) {
	a.once.Do(func() {
		a.ownsCall = false
		a.conclude(ending{by: byEnd})
		call = a.call
	})
	return call
}
