// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
)

// What every call belongs to.
const (
	analysisID = "analysis_123"
	subject    = "RELIANCE"
	callType   = "indicator_summary"
)

// usage is what the process has used.
type usage struct {
	cpu           time.Duration // of all threads, garbage collection included
	allocs, bytes uint64
}

func (u usage) sub(o usage) usage {
	return usage{u.cpu - o.cpu, u.allocs - o.allocs, u.bytes - o.bytes}
}

// per returns what one of n calls took.
func (u usage) per(n int) Figures {
	return Figures{
		CPU: u.cpu / time.Duration(n), Allocs: float64(u.allocs) / float64(n), Bytes: float64(u.bytes) / float64(n),
	}
}

// least returns the lesser of each figure.
func (u usage) least(o usage) usage {
	return usage{min(u.cpu, o.cpu), min(u.allocs, o.allocs), min(u.bytes, o.bytes)}
}

// most is above all that can be measured.
var most = usage{math.MaxInt64, math.MaxUint64, math.MaxUint64}

// now counts processor time, which unlike the time on the wall does not grow
// with what else the machine does.
func now() (usage, error) {
	var rusage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &rusage); err != nil {
		return usage{}, fmt.Errorf("processor time: %w", err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{
		cpu:    time.Duration(rusage.Utime.Nano() + rusage.Stime.Nano()),
		allocs: memory.Mallocs, bytes: memory.TotalAlloc,
	}, nil
}

// run sets a way up, makes n calls, takes all down, and returns what that
// took.
func run(ctx context.Context, way Way, workload *Workload, n int) (used usage, err error) {
	runtime.GC()
	before, err := now()
	if err != nil {
		return usage{}, err
	}
	if err := Calls(ctx, way, workload, n); err != nil {
		return usage{}, err
	}
	after, err := now()
	return after.sub(before), err
}

// Calls sets a way up, makes n calls, and takes all down.
func Calls(ctx context.Context, way Way, workload *Workload, n int) error {
	return calls(ctx, way, workload, n, func() {})
}

func calls(ctx context.Context, way Way, workload *Workload, n int, before func()) (err error) {
	with, shutdown := newProviders(way)
	defer func() { err = errors.Join(err, shutdown(context.WithoutCancel(ctx))) }()
	client, err := newClient(ctx, way, workload, with)
	if err != nil {
		return err
	}
	recorder, err := newRecorder(way, with)
	if err != nil {
		return err
	}
	if !way.NoSDK {
		var analysis *instrument.Analysis
		ctx, analysis = instrument.StartAnalysis(ctx, analysisID, instrument.WithSubject(subject),
			instrument.WithCallDetails(0))
		defer analysis.End()
		ctx = instrument.ContextWithCallType(ctx, callType)
	}
	for range n {
		before()
		if err := record(ctx, recorder, workload, client); err != nil {
			return fmt.Errorf("%s, %s: %w", workload.Name, way.Name, err)
		}
	}
	return nil
}

// record makes a call.
func record(ctx context.Context, recorder Recorder, workload *Workload, client *genai.Client) error {
	ctx, recording := recorder.Begin(ctx)
	last, err := workload.call(ctx, client, recording.Chunk)
	if err != nil {
		return err
	}
	recording.End(last)
	return nil
}

func newClient(ctx context.Context, way Way, workload *Workload, with Providers) (*genai.Client, error) {
	var transport http.RoundTripper = provider{workload}
	if way.Transport != nil {
		transport = way.Transport(transport, with)
	}
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: "any", Backend: genai.BackendGeminiAPI, HTTPClient: &http.Client{Transport: transport},
	})
	if err == nil && way.Client != nil {
		err = way.Client(client, with)
	}
	return client, err
}

// newProviders returns providers as a service has them: spans leave in
// batches, for nowhere, and metrics are kept.
func newProviders(way Way) (with Providers, shutdown func(context.Context) error) {
	if way.NoSDK {
		return noProviders(), func(context.Context) error { return nil }
	}
	traces := trace.NewTracerProvider(trace.WithBatcher(nowhere{}))
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewManualReader()))
	return Providers{traces, metrics}, func(ctx context.Context) error {
		return errors.Join(traces.Shutdown(ctx), metrics.Shutdown(ctx))
	}
}

// nowhere is a span exporter.
type nowhere struct{}

// ExportSpans implements [trace.SpanExporter].
func (nowhere) ExportSpans(context.Context, []trace.ReadOnlySpan) error { return nil }

// Shutdown implements [trace.SpanExporter].
func (nowhere) Shutdown(context.Context) error { return nil }

func newRecorder(way Way, with Providers) (Recorder, error) {
	if way.Recorder == nil {
		return nobody{}, nil
	}
	return way.Recorder(with)
}

// nobody records nothing.
type nobody struct{}

// Begin implements [Recorder].
func (nobody) Begin(ctx context.Context) (context.Context, Recording) { return ctx, nobody{} }

// Chunk implements [Recording].
func (nobody) Chunk() {}

// End implements [Recording].
func (nobody) End(*genai.GenerateContentResponse) {}
