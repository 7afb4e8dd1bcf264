// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// throttleDelay is how long a batch waits at least when the store asks for
// less load.
const throttleDelay = 5 * time.Second

// folder adds a batch to the ledger.
type folder interface {
	Fold(ctx context.Context, batch *ledger.Batch) (ledger.Outcome, error)
}

// pricer says what a call cost.
type pricer interface {
	Cost(call *analysis.Call) analysis.Cost
}

// ingester brings spans into the ledger. It is safe for concurrent use.
type ingester struct {
	decoder *decode.Decoder
	prices  pricer
	store   folder
	metrics *telemetry
	health  *health
	logger  *zap.Logger
}

// consume folds the calls among the spans into the ledger. Where it returns an
// error that is not permanent, the same spans may be given again, whatever
// part of them has been folded. Spans that a store will never take are
// dropped, counted and logged once per batch; the error is permanent only
// where that befell all of them.
func (i *ingester) consume(ctx context.Context, td ptrace.Traces) error {
	decoded := i.decoder.Decode(td)
	defer i.decoder.Release(&decoded) // a store keeps nothing once Fold has returned, with an error too
	for n := range decoded.Calls {
		decoded.Calls[n].Cost = i.prices.Cost(&decoded.Calls[n])
	}
	var s settlement
	err := i.settle(ctx, &ledger.Batch{Calls: decoded.Calls, Closed: decoded.Closed}, &s)
	if err != nil {
		i.health.report(err)
		return retryable(err)
	}
	i.metrics.settled(ctx, &decoded, &s)
	return i.conclude(&s)
}

// retryable returns an error as the retry sender reads it.
func retryable(err error) error {
	if ledger.ClassOf(err) == ledger.Throttled {
		return exporterhelper.NewThrottleRetry(err, throttleDelay)
	}
	return err
}

// conclude tells those who watch what became of a batch.
func (i *ingester) conclude(s *settlement) error {
	switch {
	case s.refused == 0:
		if s.accepted > 0 {
			i.health.report(nil)
		}
		return nil
	case s.accepted == 0:
		i.health.report(s.cause)
		return consumererror.NewPermanent(s.cause)
	default:
		i.logger.Warn("The ledger refused some spans of a batch; they are lost.",
			zap.Int("refused_spans", s.refused), zap.Int("accepted_spans", s.accepted), zap.Error(s.cause))
		return nil
	}
}
