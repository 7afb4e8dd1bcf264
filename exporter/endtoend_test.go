// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/cost"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// TestEndToEnd sends every span twice, shuffled, split over batches of all
// sizes and over two Collector pipelines at once, by OTLP: the ledger has
// each call once.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		endToEnd(t, sqliteConfig(t))
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		endToEnd(t, testConfig(func(c *Config) {
			c.DSN, c.Schema = configopaque.String(dsn), pgtest.Schema(t, dsn)
		}))
	})
}

func endToEnd(t *testing.T, cfg *Config) {
	t.Helper()
	const calls = 240
	batches := deliveries(calls, rand.New(rand.NewPCG(1, 2)))

	pipelines := []*pipelineUnderTest{startPipeline(t, cfg), startPipeline(t, cfg)}
	group, ctx := errgroup.WithContext(t.Context())
	for n, p := range pipelines {
		group.Go(func() error {
			for i := n; i < len(batches); i += len(pipelines) {
				if err := p.send(ctx, batches[i]); err != nil {
					return fmt.Errorf("batch %d: %w", i, err)
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	for _, p := range pipelines {
		p.stop(t)
	}

	store, err := openStore(t.Context(), cfg)
	require.NoError(t, err)
	defer store.Close()
	sent := decode.New(decode.Options{AnalysisID: cfg.AnalysisID.From}).Decode(callTraces(calls))
	for i := range sent.Calls {
		sent.Calls[i].Cost = cost.Default().Cost(&sent.Calls[i])
	}
	ledgertest.RequireTruth(t, store, ledgertest.Truth(t, sent.Calls, sent.Closed...))

	summary, err := store.Summary(t.Context(), "analysis_0", 10)
	require.NoError(t, err)
	require.Equal(t, int64(6), summary.Calls)
	require.Equal(t, analysis.Known(100+101+102+103+104+105), summary.InputTokens())
	require.Equal(t, analysis.Known(10+11+12+13+14+15), summary.OutputTokens())
	require.Equal(t, analysis.Complete, summary.Completeness)
	require.Equal(t, int64(6), summary.Priced)
}

// deliveries returns the spans of callTraces twice, in random order and in
// batches of random size.
func deliveries(calls int, rng *rand.Rand) []ptrace.Traces {
	var spans []ptrace.Span
	for range 2 {
		all := callTraces(calls).ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		for _, span := range all.All() {
			spans = append(spans, span)
		}
	}
	rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	var batches []ptrace.Traces
	for len(spans) > 0 {
		size := min(1+rng.IntN(40), len(spans))
		td := ptrace.NewTraces()
		to := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
		for _, span := range spans[:size] {
			span.CopyTo(to.AppendEmpty())
		}
		batches, spans = append(batches, td), spans[size:]
	}
	return batches
}

// pipelineUnderTest is a real OTLP receiver before the exporter.
type pipelineUnderTest struct {
	client     ptraceotlp.GRPCClient
	connection *grpc.ClientConn
	components []component.Component
}

func startPipeline(t *testing.T, cfg *Config) *pipelineUnderTest {
	t.Helper()
	exp, err := NewFactory().CreateTraces(t.Context(), testSettings(), cfg)
	require.NoError(t, err)

	socket := filepath.Join(t.TempDir(), "otlp.sock")
	factory := otlpreceiver.NewFactory()
	receiverConfig := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{
		"grpc": map[string]any{"transport": "unix", "endpoint": socket},
	}}).Unmarshal(&receiverConfig))
	receiver, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), receiverConfig, exp)
	require.NoError(t, err)

	p := &pipelineUnderTest{components: []component.Component{receiver, exp}}
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, receiver.Start(t.Context(), componenttest.NewNopHost()))
	p.connection, err = grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	p.client = ptraceotlp.NewGRPCClient(p.connection)
	return p
}

func (p *pipelineUnderTest) send(ctx context.Context, td ptrace.Traces) error {
	_, err := p.client.Export(ctx, ptraceotlp.NewExportRequestFromTraces(td))
	return err
}

// stop ends the receiver, and then the exporter, which empties its queue.
func (p *pipelineUnderTest) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.connection.Close())
	for _, c := range p.components {
		require.NoError(t, c.Shutdown(t.Context()))
	}
}
