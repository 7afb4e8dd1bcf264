// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// apiError is an error as Google's APIs write it.
type apiError struct {
	Code    int           `json:"code"`
	Message string        `json:"message"`
	Status  string        `json:"status"`
	Details []errorDetail `json:"details,omitempty"`

	retryAfter time.Duration
}

type errorDetail struct {
	Type       string `json:"@type"`
	RetryDelay string `json:"retryDelay,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Domain     string `json:"domain,omitempty"`
}

type errorBody struct {
	Error *apiError `json:"error"`
}

// statusNames are the canonical codes that Google names beside the HTTP status.
var statusNames = map[int]string{
	http.StatusBadRequest:          "INVALID_ARGUMENT",
	http.StatusUnauthorized:        "UNAUTHENTICATED",
	http.StatusForbidden:           "PERMISSION_DENIED",
	http.StatusNotFound:            "NOT_FOUND",
	http.StatusConflict:            "ABORTED",
	http.StatusTooManyRequests:     "RESOURCE_EXHAUSTED",
	http.StatusInternalServerError: "INTERNAL",
	http.StatusNotImplemented:      "UNIMPLEMENTED",
	http.StatusServiceUnavailable:  "UNAVAILABLE",
	http.StatusGatewayTimeout:      "DEADLINE_EXCEEDED",
}

// faultMessages are what the errors on demand say.
var faultMessages = map[int]string{
	http.StatusTooManyRequests:     "Quota for this model is used up. Try again later.",
	http.StatusInternalServerError: "Something went wrong inside the service.",
	http.StatusServiceUnavailable:  "The model has too much to do right now. Try again later.",
	http.StatusGatewayTimeout:      "The deadline passed before the answer was ready.",
}

func newAPIError(code int, message string) *apiError {
	return &apiError{Code: code, Message: message, Status: cmp.Or(statusNames[code], "UNKNOWN")}
}

func errMissingKey(r route) *apiError {
	if r.vertex {
		return newAPIError(http.StatusUnauthorized, "The request has no valid credentials.")
	}
	return newAPIError(http.StatusForbidden, "The request names no caller: send an API key.")
}

func errWrongKey() *apiError {
	e := newAPIError(http.StatusBadRequest, "The API key is not valid.")
	e.Details = []errorDetail{{
		Type:   "type.googleapis.com/google.rpc.ErrorInfo",
		Reason: "API_KEY_INVALID",
		Domain: "googleapis.com",
	}}
	return e
}

func errNoModel(req *Request) *apiError {
	return newAPIError(http.StatusNotFound,
		fmt.Sprintf("models/%s is not found, or does not support %s.", req.Model, req.Kind))
}

// apiError is the error that the fault demands.
func (f Fault) apiError() *apiError {
	e := newAPIError(f.Status, cmp.Or(faultMessages[f.Status], http.StatusText(f.Status)))
	if f.RetryAfter > 0 {
		e.retryAfter = f.RetryAfter
		e.Details = []errorDetail{{
			Type:       "type.googleapis.com/google.rpc.RetryInfo",
			RetryDelay: strconv.FormatFloat(f.RetryAfter.Seconds(), 'f', -1, 64) + "s",
		}}
	}
	return e
}

// setHeader adds what an error says in headers.
func (e *apiError) setHeader(header http.Header) {
	if e.retryAfter > 0 {
		seconds := (e.retryAfter + time.Second - 1) / time.Second
		header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}
