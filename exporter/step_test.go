// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/cost"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestLargestRequest: a call of several requests costs what its requests cost,
// and what the ledger keeps of it says so when it is priced again.
func TestLargestRequest(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		largestRequest(t, sqliteConfig(t))
	})
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		largestRequest(t, testConfig(func(c *Config) {
			c.DSN, c.Schema = configopaque.String(dsn), pgtest.Schema(t, dsn)
		}))
	})
}

func largestRequest(t *testing.T, cfg *Config) {
	t.Helper()
	exp, err := NewFactory().CreateTraces(t.Context(), testSettings(), cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exp.ConsumeTraces(t.Context(), bigCalls()))
	require.NoError(t, exp.Shutdown(t.Context()))

	store, err := openStore(t.Context(), cfg)
	require.NoError(t, err)
	defer store.Close()
	calls, err := store.Calls(t.Context(), ledger.CallsQuery{AnalysisID: "analysis_0"})
	require.NoError(t, err)
	require.Len(t, calls, 2)
	require.Equal(t, "0.395", calls[0].Cost.Amount.String(), "two requests of 150,000 and 1,000 tokens")
	require.Equal(t, "0.78", calls[1].Cost.Amount.String(), "one request of 300,000 and 2,000")
	for i := range calls {
		require.Equal(t, calls[i].Cost, cost.Default().Cost(&calls[i]), "priced again")
	}
}

// bigCalls returns two calls of the same sums, the first of several requests.
func bigCalls() ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range 2 {
		span := spans.AppendEmpty()
		fillCall(span, i)
		a := span.Attributes()
		a.PutStr(semconv.RequestModel, "gemini-2.5-pro")
		a.PutInt(semconv.UsageInputTokens, 300_000)
		a.PutInt(semconv.UsageOutputTokens, 2_000)
		if i == 0 {
			a.PutInt(semconv.UsageLargestInput, 150_000)
		}
	}
	return td
}
