// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// TestServe_Spill has a service with a spill directory work on while its
// server is killed and started again. The service is started again too, once
// while the server is away. In the end the ledger says of each analysis what
// the service said.
func TestServe_Spill(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		s, dir := startServer(t, dsn), t.TempDir()
		said := map[string]instrument.Summary{}
		for run := range 3 {
			analyzeSpilling(t, s, dir, run, said)
		}
		for id := range said {
			want := summaryBill(t, said[id])
			eventually(t, id, func() error {
				found := read(t, dsn, "summary", id, "--json")
				require.Equal(t, "complete", parseDocument(t, found).Completeness)
				return difference("summary", books{id: want}, books{id: documentBill(t, found)})
			})
		}
		require.Zero(t, s.stop(t), s.report())
	})
}

// analyzeSpilling is one life of the service: the server is killed after the
// second analysis and started again after the fifth, or in the second life
// after the service's end.
func analyzeSpilling(t *testing.T, s *server, dir string, run int, said map[string]instrument.Summary) {
	t.Helper()
	telemetry, err := otelsetup.New(t.Context(), otelsetup.Config{
		ServiceName: "stock-api", Endpoint: "http://" + s.http,
		Ledger: otelsetup.LedgerConfig{BatchSize: 3, Interval: 20 * time.Millisecond, SpillDir: dir},
	})
	require.NoError(t, err)
	tracers := instrument.WithTracerProvider(telemetry.Tracer)
	app := newService(t, tracers)
	for i := range 8 {
		switch {
		case i == 2:
			s.kill()
		case i == 5 && run != 1:
			s.start(t)
		}
		id := strconv.Itoa(run) + "-" + strconv.Itoa(i)
		ctx, analysis := instrument.StartAnalysis(t.Context(), id, tracers)
		require.NoError(t, ask(nil)(instrument.ContextWithCallType(ctx, "unary"), app))
		require.NoError(t, stream(instrument.ContextWithCallType(ctx, "stream"), app))
		app.fake.Fail(1, instrumenttest.Fault{Cut: true, After: 2})
		require.Error(t, stream(instrument.ContextWithCallType(ctx, "cut_off"), app))
		analysis.End()
		said[id] = analysis.Summary()
	}
	stopped := telemetry.Shutdown(context.WithoutCancel(t.Context()))
	if run != 1 {
		require.NoError(t, stopped)
		return
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.spans"))
	require.NoError(t, err)
	require.NotEmpty(t, left, "what the server was not there for")
	require.ErrorContains(t, stopped, "failed to upload metrics", "they have no disk")
	require.NotContains(t, stopped.Error(), "spans")
	s.start(t)
}
