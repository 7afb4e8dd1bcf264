// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	metricapi "go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	traceapi "go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
)

// Way is one way to make calls. What it leaves nil it does not do.
type Way struct {
	Name string
	// Transport wraps the client's transport.
	Transport func(base http.RoundTripper, with Providers) http.RoundTripper
	// Client instruments a client that was made.
	Client func(client *genai.Client, with Providers) error
	// Recorder records calls by hand.
	Recorder func(with Providers) (Recorder, error)
	// NoSDK gives the way providers that do nothing, and no analysis.
	NoSDK bool
}

// Recorder records calls by hand: the same points and attributes as a
// transport would, from what the caller has in hands.
type Recorder interface {
	// Begin opens a call.
	Begin(ctx context.Context) (context.Context, Recording)
}

// Recording is one call that is recorded by hand.
type Recording interface {
	// Chunk records a piece of a stream.
	Chunk()
	// End records the call's end.
	End(last *genai.GenerateContentResponse)
}

// Providers are where telemetry goes.
type Providers struct {
	Traces  traceapi.TracerProvider
	Metrics metricapi.MeterProvider
}

// noProviders are what a service without an SDK has.
func noProviders() Providers {
	return Providers{Traces: tracenoop.NewTracerProvider(), Metrics: metricnoop.NewMeterProvider()}
}

// Ways are those of this module, the bare client first.
func Ways() []Way { return []Way{Bare(), Floor(), OTelHTTP(), Ours(), OursNoSDK()} }

// Bare is Google's SDK as it is. Every comparison begins with it.
func Bare() Way { return Way{Name: "bare"} }

// Floor is the least that the same telemetry costs: a span with the same
// attributes and the same metric points, written by hand around the call with
// everything prepared that can be.
func Floor() Way { return Way{Name: "floor, by hand", Recorder: newFloor} }

// Ours is the client that [gemini.Instrument] has instrumented.
func Ours() Way { return Way{Name: "spanledger", Client: instrumented} }

// OursNoSDK is the same in a service that has set up no OpenTelemetry SDK.
func OursNoSDK() Way { return Way{Name: "spanledger, no SDK", Client: instrumented, NoSDK: true} }

// OTelHTTP is a transport of otelhttp, which knows no tokens.
func OTelHTTP() Way {
	return Way{Name: "otelhttp", Transport: func(base http.RoundTripper, with Providers) http.RoundTripper {
		return otelhttp.NewTransport(base,
			otelhttp.WithTracerProvider(with.Traces), otelhttp.WithMeterProvider(with.Metrics))
	}}
}

func instrumented(client *genai.Client, with Providers) error {
	return gemini.Instrument(client,
		instrument.WithTracerProvider(with.Traces), instrument.WithMeterProvider(with.Metrics))
}
