// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// pointKey tells the points of a series apart.
type pointKey struct {
	callType        CallType
	model, provider string
}

// values are what the calls of one kind used.
type values struct {
	input, output, cached, reasoning int64
	pico                             int64 // of the cost
	hasUsage, priced                 bool
}

// point is the counters of one kind of calls of one analysis. The board guards
// it but for the options, which are those of its page.
type point struct {
	series *series
	key    pointKey

	values
	seen     values // what a reader was shown last
	outcomes []*outcome

	page  *page
	index int // on the page

	options *pointOptions // made when first shown
}

// outcome counts the calls of a point that ended in one way.
type outcome struct {
	point     *point
	errorType string
	n, seen   int64

	page  *page
	index int

	options []metric.ObserveOption
}

func (p *point) addUsage(u *Usage) {
	if u.Status == StatusUnknown {
		return
	}
	p.hasUsage = true
	p.input += u.Input.OrZero()
	p.output += u.Output.OrZero()
	p.cached += u.CacheRead.OrZero()
	p.reasoning += u.Reasoning.OrZero()
}

func (p *point) addCost(c *analysis.Cost) {
	if c.Priced {
		p.priced = true
		p.pico += c.Amount.Pico()
	}
}

// add adds what some values have over others.
func (p *point) add(all, without *values) {
	p.input += all.input - without.input
	p.output += all.output - without.output
	p.cached += all.cached - without.cached
	p.reasoning += all.reasoning - without.reasoning
	p.pico += all.pico - without.pico
	p.hasUsage = p.hasUsage || all.hasUsage
	p.priced = p.priced || all.priced
}

// isSeen tells whether a reader was shown all calls. Each call has an outcome.
func (p *point) isSeen() bool {
	return !slices.ContainsFunc(p.outcomes, func(o *outcome) bool { return o.n > o.seen })
}

// maxOutcomes bounds the error types of one point.
const maxOutcomes = 20

func (p *point) outcome(errorType string, on *board) *outcome {
	for _, o := range p.outcomes {
		if o.errorType == errorType {
			return o
		}
	}
	if len(p.outcomes) >= maxOutcomes && errorType != semconv.ErrorTypeOther {
		return p.outcome(semconv.ErrorTypeOther, on)
	}
	o := &outcome{point: p, errorType: errorType}
	on.pageFor((*page).hasRoomForOutcome).enterOutcome(o)
	p.outcomes = append(p.outcomes, o)
	return o
}

// pointOptions are the attributes of a point, ready to be shown.
type pointOptions struct{ plain, input, output []metric.ObserveOption }

// attributes are those that all counters of the point have.
func (p *point) attributes() attributes {
	a := make(attributes, 0, 4)
	a.text(semconv.AnalysisID, p.series.id)
	a.text(semconv.CallType, string(p.key.callType))
	a.text(semconv.RequestModel, p.key.model)
	a.text(semconv.ProviderName, p.key.provider)
	return a
}

func newPointOptions(a attributes) *pointOptions {
	return &pointOptions{
		plain:  observeWith(a),
		input:  observeWith(a, attribute.String(semconv.TokenType, semconv.TokenTypeInput)),
		output: observeWith(a, attribute.String(semconv.TokenType, semconv.TokenTypeOutput)),
	}
}

func observeWith(a attributes, more ...attribute.KeyValue) []metric.ObserveOption {
	return []metric.ObserveOption{attributeSet(a, more...)}
}

func (s *shownPoint) observe(observer metric.Observer, to *boardInstruments) {
	if !s.hasUsage && !s.priced {
		return
	}
	if s.options == nil {
		s.options = newPointOptions(s.attributes())
	}
	if s.hasUsage {
		observer.ObserveInt64(to.tokens, s.input, s.options.input...)
		observer.ObserveInt64(to.tokens, s.output, s.options.output...)
		observer.ObserveInt64(to.cached, s.cached, s.options.plain...)
		observer.ObserveInt64(to.reasoning, s.reasoning, s.options.plain...)
	}
	if s.priced {
		observer.ObserveFloat64(to.cost, float64(s.pico)/1e12, s.options.plain...)
	}
}

func (s *shownOutcome) observe(observer metric.Observer, to *boardInstruments) {
	if s.options == nil {
		s.options = s.newOptions()
	}
	observer.ObserveInt64(to.calls, s.n, s.options...)
}

func (o *outcome) newOptions() []metric.ObserveOption {
	a := o.point.attributes()
	if o.errorType == "" {
		return observeWith(a, attribute.String(semconv.CallOutcome, semconv.OutcomeOK))
	}
	return observeWith(a, attribute.String(semconv.CallOutcome, semconv.OutcomeError),
		attribute.String(semconv.ErrorType, o.errorType))
}
