// SPDX-License-Identifier: Apache-2.0

// Package anthropic measures the calls of Anthropic's SDK,
// github.com/anthropics/anthropic-sdk-go.
//
//	client := anthropic.NewClient(spanledger.Options()...)
//
// It hooks a middleware into the SDK, so that no call site changes: messages,
// unary and streamed, are covered, and an HTTP client of your own stays in
// place. It knows this one SDK and nothing of spans or metrics: package
// instrument does the measuring. Requests are never changed.
//
// # The SDK's own spans
//
// The SDK opens spans of its own where a global tracer provider is set, and
// sends their trace context to Anthropic. [Options] switches both off, so that a
// call is one span and nothing goes out that you did not ask for. Where you want
// the SDK's spans, add option.WithOpenTelemetryTraces(true) after the options:
// the call's figures are then on the SDK's span, and there is still no second.
//
// Not measured are batches, whose usage comes with their results: record those
// with [instrument.Start]. Counting tokens is free and no call.
package anthropic

import (
	"net/http"

	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/spanledger/spanledger/instrument"
)

// Options returns the options for anthropic.NewClient that have all calls of the
// client measured, and the SDK's own telemetry switched off. Add your own
// options before or after them in any order; a middleware of yours that comes
// after them works below the measuring, and one that comes before them above it.
func Options(opts ...instrument.Option) []option.RequestOption {
	opts = append([]instrument.Option{instrument.WithRetryPolicy(mayRetry)}, opts...)
	return []option.RequestOption{
		option.WithoutOpenTelemetry(),
		option.WithMiddleware(instrument.NewMiddleware(opts...)), //nolint:bodyclose // the SDK closes what it gets
	}
}

// mayRetry says what the SDK does after a failure that it did not close unread:
// it tries again where no response came, also after a time-out of the attempt's
// own, and where an answer that was to come whole broke off.
func mayRetry(failed instrument.FailedAttempt) bool {
	return failed.Status == 0 || (failed.Status < http.StatusBadRequest && !failed.Stream)
}
