// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
	"unicode"

	"github.com/spanledger/spanledger/internal/semconv"
)

// errorType returns the value of error.type for an error, or "" for none. An
// error's text is never looked at, for it may hold what must not leave. What
// is neither a time-out nor a cancellation is of the type given as otherwise.
func errorType(ctx context.Context, err error, otherwise string) string {
	if err == nil {
		return ""
	}
	if ended := contextErrorType(ctx.Err()); ended != "" {
		return ended
	}
	if ended := contextErrorType(err); ended != "" {
		return ended
	}
	var timeout net.Error
	if isOverdue(ctx) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return semconv.ErrorTypeTimeout
	}
	return otherwise
}

// maxErrorName is the longest error type that is still a name, in bytes.
const maxErrorName = 128

// errorName returns an error type that the application gave, and "_OTHER"
// where it is a message, which may hold a prompt, an answer or a key.
func errorName(given string) string {
	isMessage := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if len(given) > maxErrorName || strings.ContainsFunc(given, isMessage) {
		return semconv.ErrorTypeOther
	}
	return given
}

// isOverdue tells whether the deadline has passed. The time-out of an
// http.Client may end a request a moment before the context ends.
func isOverdue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// contextErrorType tells how a context ended, and "" where it has not.
func contextErrorType(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return semconv.ErrorTypeTimeout
	case errors.Is(err, context.Canceled):
		return semconv.ErrorTypeCanceled
	}
	return ""
}
