// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

var digits = regexp.MustCompile(`\d+`)

// What was said goes into the span, through a hook that takes out what must
// not be recorded.
func ExampleWithContent() {
	ctx := context.Background()
	gemini, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(up))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gemini.Close()
	spans := tracetest.NewSpanRecorder() // in place of an exporter

	client := &http.Client{Transport: instrument.NewTransport(nil,
		instrument.WithContent(instrument.ContentConfig{
			Redact: instrument.RedactText(func(s string) string { return digits.ReplaceAllString(s, "#") }),
		}),
		instrument.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans))),
	)}
	if err := post(ctx, client, gemini.URL(), "I hold 1200 shares. Where does the price go?"); err != nil {
		fmt.Println(err)
	}

	for _, attribute := range spans.Ended()[0].Attributes() {
		if strings.HasSuffix(string(attribute.Key), ".messages") {
			fmt.Println(attribute.Value.AsString())
		}
	}
	// Output:
	// [{"role":"user","parts":[{"type":"text","content":"I hold # shares. Where does the price go?"}]}]
	// [{"role":"assistant","parts":[{"type":"text","content":"The price goes up."}],"finish_reason":"stop"}]
}

// A hook may decide by what a call belongs to, and take out whole parts.
func ExampleContentConfig() {
	config := instrument.ContentConfig{
		Redact: func(ctx context.Context, said instrument.Content) (instrument.Content, bool) {
			if instrument.CallTypeFromContext(ctx) == "portfolio_review" {
				return said, false // nothing of these calls is recorded
			}
			said.System = nil
			return said, true
		},
		AttributeLimit: 8 << 10,
	}

	ctx := instrument.ContextWithCallType(context.Background(), "portfolio_review")
	_, ok := config.Redact(ctx, instrument.Content{})
	fmt.Println(ok)
	// Output: false
}

// Where a provider reports no usage, it is estimated and marked so.
func ExampleWithEstimator() {
	ctx, analysis := instrument.StartAnalysis(context.Background(), "analysis_123")
	defer analysis.End()
	silent := answering( // a model that counts nothing
		`{"candidates":[{"content":{"parts":[{"text":"The price goes up."}]},"finishReason":"STOP"}]}`)

	client := &http.Client{Transport: instrument.NewTransport(silent, instrument.WithEstimator(nil))}
	if err := post(ctx, client, "http://localhost", "Where does the price go?"); err != nil {
		fmt.Println(err)
	}

	summary := analysis.Summary()
	fmt.Println(summary.InputTokens(), "in,", summary.OutputTokens(), "out,", summary.Estimated, "call estimated")
	// Output: 6 in, 5 out, 1 call estimated
}
