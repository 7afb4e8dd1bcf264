// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
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

// now counts processor time, which unlike the time on the wall does not grow
// with what else the machine does.
func now() (usage, error) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var rusage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &rusage); err != nil {
		return usage{}, fmt.Errorf("processor time: %w", err)
	}
	return usage{
		cpu:    time.Duration(rusage.Utime.Nano() + rusage.Stime.Nano()),
		allocs: memory.Mallocs, bytes: memory.TotalAlloc,
	}, nil
}

// Calls sets a way up, makes n calls, and takes all down.
func Calls(ctx context.Context, way Way, workload *Workload, n int) error {
	return calls(ctx, way, workload, n, func() {})
}

func calls(ctx context.Context, way Way, workload *Workload, n int, before func()) (err error) {
	s, err := newSession(ctx, way, workload)
	if err != nil {
		return err
	}
	before()
	return errors.Join(s.calls(n), s.close())
}

// session is a way that is set up for a workload.
type session struct {
	ctx      context.Context //nolint:containedctx // of all its calls
	name     string
	workload *Workload
	client   *genai.Client
	recorder Recorder
	close    func() error
}

// open sets all ways up. What it returns last takes them down.
func open(ctx context.Context, ways []Way, workload *Workload) (all []*session, closeAll func() error, err error) {
	closeAll = func() (err error) {
		for _, s := range all {
			err = errors.Join(err, s.close())
		}
		return err
	}
	for _, way := range ways {
		s, err := newSession(ctx, way, workload)
		if err != nil {
			return nil, closeAll, err
		}
		all = append(all, s)
	}
	return all, closeAll, nil
}

func newSession(ctx context.Context, way Way, workload *Workload) (*session, error) {
	with, shutdown := newProviders(way)
	s := &session{ctx: ctx, name: way.Name, workload: workload}
	s.close = func() error { return shutdown(context.WithoutCancel(ctx)) }
	var err error
	if s.client, err = newClient(ctx, way, workload, with); err == nil {
		s.recorder, err = newRecorder(way, with)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if way.NoSDK {
		return s, nil
	}
	var analysis *instrument.Analysis
	s.ctx, analysis = instrument.StartAnalysis(ctx, analysisID, instrument.WithSubject(subject),
		instrument.WithCallDetails(0))
	s.ctx = instrument.ContextWithCallType(s.ctx, callType)
	s.close = func() error {
		analysis.End()
		return shutdown(context.WithoutCancel(ctx))
	}
	return s, nil
}

func (s *session) calls(n int) error {
	for range n {
		if err := record(s.ctx, s.recorder, s.workload, s.client); err != nil {
			return fmt.Errorf("%s, %s: %w", s.workload.Name, s.name, err)
		}
	}
	return nil
}

// perCall returns what one call takes, by the difference of few and many.
func (s *session) perCall(few, many int) (Cost, error) {
	start, err := now()
	if err != nil {
		return Cost{}, err
	}
	if err := s.calls(few); err != nil {
		return Cost{}, err
	}
	between, err := now()
	if err != nil {
		return Cost{}, err
	}
	if err := s.calls(many); err != nil {
		return Cost{}, err
	}
	end, err := now()
	n := float64(many - few)
	return Cost{
		Micros: float64(end.cpu-2*between.cpu+start.cpu) / float64(time.Microsecond) / n,
		Allocs: (float64(end.allocs-between.allocs) - float64(between.allocs-start.allocs)) / n,
		Bytes:  (float64(end.bytes-between.bytes) - float64(between.bytes-start.bytes)) / n,
	}, err
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
