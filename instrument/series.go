// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// maxPoints bounds the points of one analysis. Calls beyond count under the
// call type "_OTHER".
const maxPoints = 200

// series are the counters of one analysis on one board.
type series struct {
	id string

	// Guarded by the board.
	owner *seriesSet // of the analysis that runs, or ran last
	ended bool
	ends  int  // how often the analysis ended
	seen  bool // a reader has seen the values since the last end

	mu     sync.Mutex
	points map[pointKey]*point
}

// pointKey tells the points of a series apart.
type pointKey struct {
	callType        CallType
	model, provider string
}

// point is the counters of one kind of calls.
type point struct {
	input, output, cached, reasoning int64
	pico                             int64 // of the cost
	hasUsage, priced                 bool
	outcomes                         map[string]int64 // by error type

	attributes *pointAttributes // made when first shown
}

func newSeries(id string) *series { return &series{id: id, points: make(map[pointKey]*point)} }

// add counts one finished call.
func (s *series) add(c *analysis.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.point(pointKey{c.Type, c.RequestModel, c.Provider})
	p.outcomes[p.outcome(c.ErrorType)]++
	if c.Usage.Status != StatusUnknown {
		p.hasUsage = true
		p.input += c.Usage.Input.OrZero()
		p.output += c.Usage.Output.OrZero()
		p.cached += c.Usage.CacheRead.OrZero()
		p.reasoning += c.Usage.Reasoning.OrZero()
	}
	if c.Cost.Priced {
		p.priced = true
		p.pico += c.Cost.Amount.Pico()
	}
}

func (s *series) point(key pointKey) *point {
	p := s.points[key]
	if p == nil && len(s.points) >= maxPoints {
		key = pointKey{callType: semconv.ErrorTypeOther}
		p = s.points[key]
	}
	if p == nil {
		p = &point{outcomes: make(map[string]int64, 1)}
		s.points[key] = p
	}
	return p
}

// maxOutcomes bounds the error types of one point.
const maxOutcomes = 20

func (p *point) outcome(errorType string) string {
	if _, known := p.outcomes[errorType]; !known && len(p.outcomes) >= maxOutcomes {
		return semconv.ErrorTypeOther
	}
	return errorType
}

// size is how many attribute sets the series takes in its largest counter.
func (s *series) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens, calls := 2*len(s.points), 0
	for _, p := range s.points {
		calls += len(p.outcomes)
	}
	return max(tokens, calls)
}

// observe shows the counters to a reader.
func (s *series) observe(observer metric.Observer, to *boardInstruments) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, p := range s.points {
		if p.attributes == nil {
			p.attributes = newPointAttributes(s.id, key)
		}
		p.observe(observer, to)
	}
}

func (p *point) observe(observer metric.Observer, to *boardInstruments) {
	a := p.attributes
	for errorType, n := range p.outcomes {
		observer.ObserveInt64(to.calls, n, a.outcome(errorType))
	}
	if p.hasUsage {
		observer.ObserveInt64(to.tokens, p.input, a.input)
		observer.ObserveInt64(to.tokens, p.output, a.output)
		observer.ObserveInt64(to.cached, p.cached, a.plain)
		observer.ObserveInt64(to.reasoning, p.reasoning, a.plain)
	}
	if p.priced {
		observer.ObserveFloat64(to.cost, float64(p.pico)/1e12, a.plain)
	}
}

// pointAttributes are the attributes of a point, ready to be shown.
type pointAttributes struct {
	base                 attributes
	plain, input, output metric.ObserveOption
	outcomes             map[string]metric.ObserveOption
}

func newPointAttributes(id string, key pointKey) *pointAttributes {
	base := make(attributes, 0, 4)
	base.text(semconv.AnalysisID, id)
	base.text(semconv.CallType, string(key.callType))
	base.text(semconv.RequestModel, key.model)
	base.text(semconv.ProviderName, key.provider)
	a := &pointAttributes{base: base, outcomes: make(map[string]metric.ObserveOption, 1)}
	a.plain = a.with()
	a.input = a.with(attribute.String(semconv.TokenType, semconv.TokenTypeInput))
	a.output = a.with(attribute.String(semconv.TokenType, semconv.TokenTypeOutput))
	return a
}

func (a *pointAttributes) with(more ...attribute.KeyValue) metric.ObserveOption {
	return metric.WithAttributeSet(attribute.NewSet(slices.Concat(a.base, more)...))
}

func (a *pointAttributes) outcome(errorType string) metric.ObserveOption {
	option, ok := a.outcomes[errorType]
	if ok {
		return option
	}
	if errorType == "" {
		option = a.with(attribute.String(semconv.CallOutcome, semconv.OutcomeOK))
	} else {
		option = a.with(attribute.String(semconv.CallOutcome, semconv.OutcomeError),
			attribute.String(semconv.ErrorType, errorType))
	}
	a.outcomes[errorType] = option
	return option
}
