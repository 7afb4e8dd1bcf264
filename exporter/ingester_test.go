// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
)

// flatPrice prices every call at one cent.
type flatPrice struct{}

func (flatPrice) Cost(*analysis.Call) analysis.Cost {
	return analysis.Cost{Amount: analysis.PicoDollars(1e10), Priced: true, PriceListVersion: "flat"}
}

type bench struct {
	*ingester
	store *fakeStore
	tel   *componenttest.Telemetry
	host  *statusHost
	logs  *observer.ObservedLogs
}

// newBench returns an ingester over a fake store and all that it reports to.
func newBench(t *testing.T, store *fakeStore) bench {
	t.Helper()
	set, tel := measured(t)
	core, logs := observer.New(zap.InfoLevel)
	set.Logger = zap.New(core)
	exp, err := newTracesExporter(set, testConfig(nil), flatPrice{}, store.opener())
	require.NoError(t, err)
	host := &statusHost{Host: componenttest.NewNopHost()}
	require.NoError(t, exp.start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, exp.shutdown(context.WithoutCancel(t.Context()))) })
	return bench{ingester: exp.ingester, store: store, tel: tel, host: host, logs: logs}
}

func refusal(class ledger.Class) *ledger.Error {
	return &ledger.Error{Op: "fold batch", Class: class, Err: errors.New("refused")}
}

func always(err error) func(*ledger.Batch) error { return func(*ledger.Batch) error { return err } }

func TestIngester_Consume(t *testing.T) {
	t.Parallel()
	b := newBench(t, &fakeStore{})
	td := callTraces(12)
	require.NoError(t, b.consume(t.Context(), td))
	require.NoError(t, b.consume(t.Context(), td))

	calls, closed, folds := b.store.count()
	require.Equal(t, []int{12, 2, 2}, []int{calls, closed, folds})
	for _, call := range b.store.calls {
		require.Equal(t, "0.01", call.Cost.Amount.String(), "calls are priced before they are folded")
	}
	require.Equal(t, map[string]int64{"": 28}, counts(t, b.tel, metricReceived))
	require.Equal(t, map[string]int64{"folded": 12, "duplicate": 12}, counts(t, b.tel, metricCalls))
	require.Equal(t, map[string]int64{"": 4}, counts(t, b.tel, metricClosed))
	require.Empty(t, b.logs.All())
}

func TestIngester_Consume_NothingToFold(t *testing.T) {
	t.Parallel()
	b := newBench(t, &fakeStore{})
	td := ptrace.NewTraces()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("GET /")
	require.NoError(t, b.consume(t.Context(), td))
	_, _, folds := b.store.count()
	require.Zero(t, folds, "a batch without calls does not reach the store")
	require.Equal(t, map[string]int64{"": 1}, counts(t, b.tel, metricIgnored))
}

// TestIngester_Consume_BadSpans: what the decoder mends or drops is counted,
// and the rest of the batch is kept.
func TestIngester_Consume_BadSpans(t *testing.T) {
	t.Parallel()
	b := newBench(t, &fakeStore{})
	td := callTraces(12)
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	spans.At(0).SetSpanID(pcommon.SpanID{})
	spans.At(1).Attributes().PutStr(semconv.AnalysisID, "a\x00")
	spans.At(2).Attributes().PutInt(semconv.UsageInputTokens, math.MaxInt64)
	require.NoError(t, b.consume(t.Context(), td))
	calls, _, _ := b.store.count()
	require.Equal(t, 11, calls)
	require.Equal(t, map[string]int64{"no_ids": 1}, counts(t, b.tel, metricDropped))
	require.Equal(t, map[string]int64{"invalid_text": 1, "count_out_of_range": 1}, counts(t, b.tel, metricMended))
	require.Equal(t, sum(t, b.tel, metricReceived), sum(t, b.tel,
		metricIgnored, metricDropped, metricClosed, metricCalls), "every span is counted somewhere")
}

func sum(t *testing.T, tel *componenttest.Telemetry, names ...string) (total int64) {
	t.Helper()
	for _, name := range names {
		for _, n := range counts(t, tel, name) {
			total += n
		}
	}
	return total
}

// TestIngester_Consume_Poison: spans that only the store refuses are found,
// and cost nobody else.
func TestIngester_Consume_Poison(t *testing.T) {
	t.Parallel()
	poison := map[analysis.SpanID]bool{}
	for _, n := range []int{1, 77, 78, 200} {
		poison[analysis.SpanID(testSpanID(n))] = true
	}
	store := &fakeStore{refuse: func(batch *ledger.Batch) error {
		for i := range batch.Calls {
			if poison[batch.Calls[i].Key.Span] {
				return refusal(ledger.Permanent)
			}
		}
		return nil
	}}
	b := newBench(t, store)
	require.NoError(t, b.consume(t.Context(), callTraces(200)))
	calls, closed, folds := b.store.count()
	require.Equal(t, 196, calls)
	require.Equal(t, 34, closed)
	require.Less(t, folds, 70)
	require.Equal(t, map[string]int64{reasonRefused: 4}, counts(t, b.tel, metricDropped))
	require.Equal(t, 1, b.logs.Len(), "one line per batch")
	require.Empty(t, b.host.events)
}

func TestIngester_Consume_Permanent(t *testing.T) {
	t.Parallel()
	b := newBench(t, &fakeStore{refuse: always(refusal(ledger.Permanent))})
	err := b.consume(t.Context(), callTraces(1000))
	require.True(t, consumererror.IsPermanent(err))
	_, _, folds := b.store.count()
	require.Less(t, folds, 100, "a ledger that takes nothing is not asked for each span")
	require.Equal(t, map[string]int64{reasonRefused: 1167}, counts(t, b.tel, metricDropped))
	require.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, b.host.statuses())
}

func TestIngester_Consume_Retryable(t *testing.T) {
	t.Parallel()
	throttled := exporterhelper.NewThrottleRetry(refusal(ledger.Throttled), throttleDelay)
	for name, tt := range map[string]struct{ refusal, want error }{
		"Retryable": {refusal(ledger.Retryable), refusal(ledger.Retryable)},
		"Throttled": {refusal(ledger.Throttled), throttled},
		"Foreign":   {context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, &fakeStore{refuse: always(tt.refusal)})
			err := b.consume(t.Context(), callTraces(6))
			require.Equal(t, tt.want, err)
			require.False(t, consumererror.IsPermanent(err))
			require.Empty(t, counts(t, b.tel, metricReceived), "nothing is counted before it is settled")
			require.Empty(t, counts(t, b.tel, metricDropped))
		})
	}
}

// TestIngester_Consume_RetryableAmongPermanent: one error that may pass keeps
// the whole batch, and trying again counts nothing twice.
func TestIngester_Consume_RetryableAmongPermanent(t *testing.T) {
	t.Parallel()
	store := &fakeStore{}
	b := newBench(t, store)
	store.refuse = func(batch *ledger.Batch) error {
		switch {
		case len(batch.Calls) == 12:
			return refusal(ledger.Permanent)
		case batch.Calls[0].Key.Span == analysis.SpanID(testSpanID(1)):
			return nil
		}
		return refusal(ledger.Retryable)
	}
	err := b.consume(t.Context(), callTraces(12))
	require.Error(t, err)
	require.False(t, consumererror.IsPermanent(err))
	calls, _, _ := store.count()
	require.Positive(t, calls, "the first half is folded")

	store.refuse = nil
	require.NoError(t, b.consume(t.Context(), callTraces(12)))
	calls, _, _ = store.count()
	require.Equal(t, 12, calls)
	require.Equal(t, map[string]int64{"": 14}, counts(t, b.tel, metricReceived))
}

func TestIngester_FoldDuration(t *testing.T) {
	t.Parallel()
	store := &fakeStore{}
	b := newBench(t, store)
	for _, refuse := range []func(*ledger.Batch) error{
		nil, always(refusal(ledger.Retryable)), always(refusal(ledger.Permanent)),
	} {
		store.refuse = refuse
		_ = b.consume(t.Context(), callTraces(1))
	}
	m, err := b.tel.GetMetric(metricFold)
	require.NoError(t, err)
	outcomes := map[string]uint64{}
	for _, point := range m.Data.(metricdata.Histogram[float64]).DataPoints {
		value, _ := point.Attributes.Value(attributeOutcome)
		outcomes[value.AsString()] = point.Count
	}
	require.Equal(t, map[string]uint64{"ok": 1, "retry": 1, "refused": 3}, outcomes)
}

// statusHost records what the component reports of itself.
type statusHost struct {
	component.Host
	events []*componentstatus.Event
}

func (h *statusHost) Report(event *componentstatus.Event) { h.events = append(h.events, event) }

func (h *statusHost) statuses() []componentstatus.Status {
	var statuses []componentstatus.Status
	for _, event := range h.events {
		statuses = append(statuses, event.Status())
	}
	return statuses
}

func TestHealth_ReportsChangesOnly(t *testing.T) {
	t.Parallel()
	store := &fakeStore{}
	b := newBench(t, store)
	for _, refuse := range []func(*ledger.Batch) error{
		nil, nil,
		always(refusal(ledger.Retryable)), always(refusal(ledger.Throttled)), always(refusal(ledger.Retryable)),
		nil, nil,
		always(refusal(ledger.Retryable)),
	} {
		store.refuse = refuse
		_ = b.consume(t.Context(), callTraces(1))
	}
	require.Equal(t, []componentstatus.Status{
		componentstatus.StatusRecoverableError, componentstatus.StatusOK, componentstatus.StatusRecoverableError,
	}, b.host.statuses())
	require.WithinDuration(t, time.Now(), b.host.events[0].Timestamp(), time.Minute)
}
