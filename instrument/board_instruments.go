// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/semconv"
)

// boardInstruments are the counters that a page fills. They are observable:
// what is no longer shown is forgotten, so that series do not pile up.
type boardInstruments struct {
	tokens, cached, reasoning, calls, lost metric.Int64ObservableCounter
	cost                                   metric.Float64ObservableCounter
}

// register makes the counters of a page and has the readers of the meter ask
// for them.
func (b *board) register(p *page, meter metric.Meter) {
	counter := func(name, unit, description string) metric.Int64ObservableCounter {
		made, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
		b.losses.check(err)
		return made
	}
	i := &p.instruments
	i.tokens = counter(semconv.MetricTokens, semconv.UnitToken, "Tokens used, input and output apart.")
	i.cached = counter(semconv.MetricCachedTokens, semconv.UnitToken, "Input tokens that came from a cache.")
	i.reasoning = counter(semconv.MetricReasoningTokens, semconv.UnitToken, "Output tokens spent on thought.")
	i.calls = counter(semconv.MetricCalls, semconv.UnitCall, "Finished calls, by outcome.")
	i.lost = counter(semconv.MetricLost, semconv.UnitLoss, "Telemetry that this process lost, by reason.")
	var err error
	i.cost, err = meter.Float64ObservableCounter(semconv.MetricCost,
		metric.WithUnit(semconv.UnitUSD),
		metric.WithDescription("List price of the calls; the ledger holds the exact sum."))
	b.losses.check(err)
	_, err = meter.RegisterCallback(b.callback(p), i.tokens, i.cached, i.reasoning, i.calls, i.lost, i.cost)
	b.losses.check(err)
}

// observe shows what was lost; nothing where nothing was.
func (l *losses) observe(observer metric.Observer, to metric.Int64Observable) {
	for reason := range lossReasons {
		if n := l.n[reason].Load(); n > 0 {
			observer.ObserveInt64(to, n,
				metric.WithAttributes(attribute.String(semconv.LossReason, reason.String())))
		}
	}
}
