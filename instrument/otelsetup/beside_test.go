// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// beside is a service with a set-up of its own, and what arrives where.
type beside struct {
	tracers *sdktrace.TracerProvider
	ledger  *fakeExporter
	users   *tracetest.InMemoryExporter
}

// newBeside returns a service whose own batch processor stands beside that of
// the ledger.
func newBeside(t *testing.T, sampler sdktrace.Sampler) *beside {
	t.Helper()
	b := &beside{ledger: &fakeExporter{}, users: tracetest.NewInMemoryExporter()}
	b.tracers = sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sampler),
		sdktrace.WithSpanProcessor(newProcessor(t, b.ledger, otelsetup.LedgerConfig{MaxBlock: -1})),
		sdktrace.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(b.users, sdktrace.WithBlocking())),
	)
	return b
}

// arrived flushes, and returns how many spans of a name came to each side.
func (b *beside) arrived(t *testing.T) (ledger, users map[string]int) {
	t.Helper()
	require.NoError(t, b.tracers.ForceFlush(t.Context()))
	ledger, users = map[string]int{}, map[string]int{}
	for _, batch := range b.ledger.got() {
		for _, name := range batch {
			ledger[name]++
		}
	}
	for _, span := range b.users.GetSpans().Snapshots() {
		users[span.Name()]++
	}
	require.NoError(t, b.tracers.Shutdown(t.Context()))
	return ledger, users
}

// remoteParent returns a context of a request that came with a traceparent.
func remoteParent(ctx context.Context, flags trace.TraceFlags) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true,
	}))
}

func TestBeside_Ratio(t *testing.T) {
	t.Parallel()
	const analyses = 2000
	b := newBeside(t, otelsetup.LedgerSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.01))))
	for range analyses {
		analyze(t.Context(), b.tracers)
	}
	ledger, users := b.arrived(t)
	require.Equal(t, map[string]int{"analysis": analyses, "call": 2 * analyses}, ledger)
	sampled := users["request"]
	require.Less(t, sampled, analyses/20)
	if sampled > 0 { // whole traces or nothing
		want := map[string]int{"request": sampled, "analysis": sampled, "call": 2 * sampled, "query": 2 * sampled}
		require.Equal(t, want, users)
	}
}

func TestBeside_Samplers(t *testing.T) {
	t.Parallel()
	all := map[string]int{"request": 1, "analysis": 1, "call": 2, "query": 2}
	calls := map[string]int{"analysis": 1, "call": 2}
	for _, tt := range []struct {
		name   string
		base   sdktrace.Sampler
		remote trace.TraceFlags
		users  map[string]int
	}{
		{"Always", sdktrace.AlwaysSample(), 0, all},
		{"Never", sdktrace.NeverSample(), trace.FlagsSampled, map[string]int{}},
		{"RemoteParentSampled", sdktrace.ParentBased(sdktrace.NeverSample()), trace.FlagsSampled, all},
		{"RemoteParentNotSampled", sdktrace.ParentBased(sdktrace.AlwaysSample()), 0, map[string]int{}},
		{"RemoteParentOverruled", sdktrace.ParentBased(sdktrace.NeverSample(),
			sdktrace.WithRemoteParentNotSampled(sdktrace.AlwaysSample())), 0, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBeside(t, otelsetup.LedgerSampler(tt.base))
			analyze(remoteParent(t.Context(), tt.remote), b.tracers)
			ledger, users := b.arrived(t)
			require.Equal(t, calls, ledger)
			require.Equal(t, tt.users, users)
		})
	}
}

// TestBeside_FixedSampler has a provider whose sampler is out of reach.
func TestBeside_FixedSampler(t *testing.T) {
	t.Parallel()

	t.Run("LosesWhatIsNotSampled", func(t *testing.T) {
		t.Parallel()
		b := newBeside(t, sdktrace.ParentBased(sdktrace.AlwaysSample()))
		analyze(remoteParent(t.Context(), 0), b.tracers)
		analyze(remoteParent(t.Context(), trace.FlagsSampled), b.tracers)
		ledger, _ := b.arrived(t)
		require.Equal(t, map[string]int{"analysis": 1, "call": 2}, ledger, "nothing can export what was not recorded")
	})

	t.Run("ASecondProviderLosesNothing", func(t *testing.T) {
		t.Parallel()
		users := tracetest.NewInMemoryExporter()
		theirs := sdktrace.NewTracerProvider(sdktrace.WithSyncer(users),
			sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
		b := newBeside(t, otelsetup.LedgerSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
		for _, flags := range []trace.TraceFlags{0, trace.FlagsSampled} {
			ctx, request := theirs.Tracer("test").Start(remoteParent(t.Context(), flags), "request")
			_, call := b.tracers.Tracer("test").Start(ctx, "call", trace.WithAttributes(llmAttributes...))
			require.Equal(t, request.SpanContext().TraceID(), call.SpanContext().TraceID())
			require.Equal(t, request.SpanContext().IsSampled(), call.SpanContext().IsSampled())
			call.End()
			request.End()
		}
		ledger, sampled := b.arrived(t)
		require.Equal(t, map[string]int{"call": 2}, ledger)
		require.Equal(t, map[string]int{"call": 1}, sampled)
		require.Len(t, users.GetSpans(), 1)
		require.NoError(t, theirs.Shutdown(t.Context()))
	})
}
