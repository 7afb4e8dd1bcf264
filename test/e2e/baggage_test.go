// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/instrument"
)

var passedOn = []instrument.BaggageKey{instrument.BaggageAnalysisID, instrument.BaggageUserID}

// TestBaggage has a service hand an analysis over to another, as by a queue:
// what both saw becomes one analysis, complete where the ledger has the calls
// of both, and missing what either lost.
func TestBaggage(t *testing.T) {
	t.Parallel()
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	onEachLedger(t, func(t *testing.T, dsn string) {
		server := startServer(t, dsn)
		db := openSQL(t, dsn)
		first, second := newTracers(t, server.http), newTracers(t, server.http)
		one := newService(t, instrument.WithTracerProvider(first))
		two := newService(t, instrument.WithTracerProvider(second))
		for _, c := range []struct {
			id         string
			calls      []string // of the second service
			kept, lost int
		}{
			{"both_" + t.Name(), []string{"part_two", "part_two"}, 3, 0},
			{"lossy_" + t.Name(), []string{"part_two", lostType}, 2, 1},
		} {
			ctx, analysis := instrument.StartAnalysis(t.Context(), c.id, instrument.WithUser("u-7"),
				instrument.WithTracerProvider(first), instrument.WithBaggage(passedOn...))
			require.NoError(t, ask(nil)(ctx, one))
			message := http.Header{}
			propagator.Inject(ctx, propagation.HeaderCarrier(message))
			analysis.End()

			ctx = propagator.Extract(t.Context(), propagation.HeaderCarrier(message))
			ctx, part := instrument.StartAnalysis(ctx, "",
				instrument.WithTracerProvider(second), instrument.FromBaggage(passedOn...))
			for _, callType := range c.calls {
				require.NoError(t, ask(nil)(instrument.ContextWithCallType(ctx, instrument.CallType(callType)), two))
			}
			part.End()

			want := fmt.Sprintf("missing %d, calls %d, user u-7", c.lost, c.kept)
			if c.lost == 0 {
				want = fmt.Sprintf("complete 0, calls %d, user u-7", c.kept)
			}
			eventually(t, want, func() error {
				var found string
				err := db.QueryRowContext(t.Context(), `
SELECT completeness || ' ' || missing_calls || ', calls ' || llm_calls_count || ', user ' || user_id
FROM analysis_summary WHERE analysis_id = '`+c.id+`' AND (SELECT count(*) FROM ledger_closed
	WHERE ledger_closed.analysis_id = analysis_summary.analysis_id) = 2`).Scan(&found)
				if err == nil && found != want {
					err = fmt.Errorf("found %s", found)
				}
				return err
			})
		}
		require.Zero(t, server.stop(t), server.report())
	})
}

// lostType is the type of calls whose spans get lost.
const lostType = "lost"

// newTracers sends every span to the address at once, but for those of calls
// that get lost.
func newTracers(t *testing.T, address string) *sdk.TracerProvider {
	t.Helper()
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(address), otlptracehttp.WithInsecure())
	require.NoError(t, err)
	tracers := sdk.NewTracerProvider(sdk.WithSyncer(lossy{exporter}))
	t.Cleanup(func() { require.NoError(t, tracers.Shutdown(context.WithoutCancel(t.Context()))) })
	return tracers
}

type lossy struct{ sdk.SpanExporter }

func (l lossy) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	return l.SpanExporter.ExportSpans(ctx, slices.DeleteFunc(slices.Clone(spans), func(s sdk.ReadOnlySpan) bool {
		return slices.Contains(s.Attributes(), attribute.String("spanledger.call.type", lostType))
	}))
}
