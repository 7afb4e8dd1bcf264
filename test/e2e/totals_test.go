// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// TestTotals runs a service with both SDKs, its calls failing here and there,
// and finds the same figures five times: in the process's own summary, in the
// spans, in the counters, in a Postgres behind a Collector, and in a SQLite
// behind a server. What they have to be is worked out from what the stand-in
// was asked and answered.
func TestTotals(t *testing.T) {
	t.Parallel()
	const id = "analysis_123"
	postgres, sqlite := newPostgres(t), newSQLite(t)
	c, s := startCollector(t, postgres), startServer(t, sqlite)
	spans := newRelay(t, c.http, s.http)
	telemetry, err := otelsetup.New(t.Context(), otelsetup.Config{ServiceName: "stock-api", Endpoint: spans.URL})
	require.NoError(t, err)
	reader := metric.NewManualReader()
	meters := metric.NewMeterProvider(metric.WithReader(reader))

	app := newService(t, instrument.WithTracerProvider(telemetry.Tracer), instrument.WithMeterProvider(meters))
	ctx, analysis := instrument.StartAnalysis(t.Context(), id, instrument.WithSubject("RELIANCE"),
		instrument.WithTracerProvider(telemetry.Tracer), instrument.WithMeterProvider(meters))
	want := analyzeStock(ctx, t, app, id)
	for _, call := range calls {
		call.make(ctx, t, app, want)
	}
	analysis.End()
	require.NoError(t, telemetry.Shutdown(context.WithoutCancel(ctx)))

	require.Equal(t, want, summaryBill(t, analysis.Summary()), "Summary")
	require.Equal(t, want, spans.bill(t, id), "spans")
	requireCounters(t, want, readCounters(t, reader), id)
	requireLedger(t, openSQL(t, postgres), books{id: want})
	requireLedger(t, openSQL(t, sqlite), books{id: want})

	for _, secret := range []string{apiKey, "canary-prompt", "Prepared answer", "prepared answer"} {
		require.NotContains(t, spans.wire.String(), secret, "what the service sent")
	}
}

// analyzeStock runs the six steps of the example as a part of the analysis,
// and returns what they used, counted by hand.
func analyzeStock(ctx context.Context, t *testing.T, app *service, id string) bill {
	t.Helper()
	days, err := market.Bundled("RELIANCE")
	require.NoError(t, err)
	client := stockanalysis.NewGeminiClient(
		stockanalysis.NewGeminiCore(app.sdk, stockanalysis.CoreConfig{Model: model}),
		stockanalysis.ClientConfig{NewID: func() string { return id }})
	result, err := client.AnalyzeStock(ctx, "RELIANCE", days)
	require.NoError(t, err)
	require.Empty(t, result.FailedCalls)
	require.Len(t, app.steps, 6)
	require.Equal(t, app.since(0), app.steps.total(), "the count by hand is not what the stand-in answered")
	return app.steps
}

// call is calls of one type that are made one after the other.
type call struct {
	callType string
	ask      func(context.Context, *service) error
	fault    *instrumenttest.Fault // that the first request meets
	requests int64
	errors   bool // ask returns an error
	failed   int64
}

var calls = []call{
	{callType: "additional_content/unary", ask: ask(nil), requests: 1},
	{callType: "additional_content/stream", ask: stream, requests: 1},
	{callType: "additional_content/chat", ask: chatOld, requests: 2},
	{callType: "additional_content/stream_old", ask: streamOld, requests: 1},
	{callType: "embeddings", ask: embed, requests: 1}, // the application names no type
	{
		callType: "rate_limited", ask: ask(nil), requests: 1,
		fault: &instrumenttest.Fault{Status: 429}, errors: true, failed: 1,
	},
	{
		callType: "cut_off", ask: stream, requests: 1,
		fault: &instrumenttest.Fault{Cut: true, After: 2}, errors: true, failed: 1,
	},
	{
		callType: "cut_off", ask: streamOld, requests: 1,
		fault: &instrumenttest.Fault{Cut: true, After: 1}, errors: true, failed: 1,
	},
	{
		callType: "cut_off", ask: ask(nil), requests: 1,
		fault: &instrumenttest.Fault{Cut: true}, errors: true, failed: 1,
	},
	{ // no error of this SDK
		callType: "blocked", ask: ask(&genai.GenerateContentConfig{}), requests: 1,
		fault: &instrumenttest.Fault{BlockReason: "SAFETY"}, failed: 1,
	},
}

// make makes the calls and adds to the bill what the stand-in answered.
func (c call) make(ctx context.Context, t *testing.T, app *service, to bill) {
	t.Helper()
	if c.callType != "embeddings" {
		ctx = instrument.ContextWithCallType(ctx, instrument.CallType(c.callType))
	}
	if c.fault != nil {
		app.fake.Fail(1, *c.fault)
	}
	before := len(app.fake.Exchanges())
	err := c.ask(ctx, app)
	if c.errors {
		require.Error(t, err, c.callType)
	} else {
		require.NoError(t, err, c.callType)
	}
	answered := app.since(before)
	require.Equal(t, c.requests, answered.Calls, c.callType)
	answered.Failed = c.failed
	to.add(c.callType, answered)
}

// summaryBill reads the document that a summary marshals to.
func summaryBill(t *testing.T, summary instrument.Summary) bill {
	t.Helper()
	document, err := summary.MarshalJSON()
	require.NoError(t, err)
	return documentBill(t, document)
}

// requireCounters compares what the counters tell.
func requireCounters(t *testing.T, want bill, c counters, id string) {
	t.Helper()
	told := bill{}
	for callType, f := range want {
		f.WithoutUsage, f.Partial, f.ToolUse = 0, 0, 0
		told[callType] = f
	}
	require.Equal(t, told, c.bill(t, id), "spanledger.* counters")
	input, output := c.usage(t)
	require.Equal(t, want.total().Input, input, "gen_ai.client.token.usage, input")
	require.Equal(t, want.total().Output, output, "gen_ai.client.token.usage, output")
}
