// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

type modelFile struct {
	Provider string      `json:"provider"`
	Model    string      `json:"model"`
	Aliases  []string    `json:"aliases"`
	Prices   []priceFile `json:"prices"`
}

type priceFile struct {
	Tier string `json:"tier"`
	From string `json:"from"`
	To   string `json:"to"`
	ratesFile
	Steps       []stepFile        `json:"steps"`
	TierFactors map[string]string `json:"tier_factors"`
}

type stepFile struct {
	Above int64 `json:"above"`
	ratesFile
}

// ratesFile keeps the texts, so that no price passes through a float and an
// error can name its field.
type ratesFile struct {
	Input      json.RawMessage `json:"input"`
	Output     json.RawMessage `json:"output"`
	CacheRead  json.RawMessage `json:"cache_read"`
	CacheWrite json.RawMessage `json:"cache_write"`
	InputAudio json.RawMessage `json:"input_audio"`
}

var errMissing = errors.New("is missing")

// prices returns all prices of the model, at least one.
func (m *modelFile) prices() ([]Price, error) {
	if m.Provider == "" {
		return nil, fmt.Errorf("provider: %w", errMissing)
	}
	if m.Model == "" {
		return nil, fmt.Errorf("model: %w", errMissing)
	}
	if len(m.Prices) == 0 {
		return nil, fmt.Errorf("prices: %w", errMissing)
	}
	var prices []Price
	for i := range m.Prices {
		derived, err := m.Prices[i].prices()
		if err != nil {
			return nil, fmt.Errorf("prices[%d].%w", i, err)
		}
		for j := range derived {
			if slices.ContainsFunc(prices, derived[j].overlaps) {
				return nil, fmt.Errorf(
					"prices[%d]: another price of tier %q holds at the same time",
					i,
					derived[j].Tier,
				)
			}
			prices = append(prices, m.name(derived[j]))
		}
	}
	return prices, nil
}

func (m *modelFile) name(p Price) Price {
	p.Provider, p.Model = providerName(m.Provider), resourceName(m.Model)
	for _, alias := range m.Aliases {
		p.Aliases = append(p.Aliases, resourceName(alias))
	}
	return p
}

// prices returns the price and those that its factors make of it.
func (f *priceFile) prices() ([]Price, error) {
	price, err := f.price()
	if err != nil {
		return nil, err
	}
	prices := []Price{price}
	for _, tier := range slices.Sorted(maps.Keys(f.TierFactors)) {
		derived, err := price.inTier(tier, f.TierFactors[tier])
		if err != nil {
			return nil, fmt.Errorf("tier_factors.%s: %w", tier, err)
		}
		prices = append(prices, derived)
	}
	return prices, nil
}

func (f *priceFile) price() (Price, error) {
	price := Price{Tier: f.Tier}
	if price.Tier == "" {
		price.Tier = TierStandard
	}
	var err error
	if price.From, err = parseTime(f.From); err != nil {
		return Price{}, fmt.Errorf("from: %w", err)
	}
	if price.To, err = parseTime(f.To); err != nil {
		return Price{}, fmt.Errorf("to: %w", err)
	}
	if !price.To.IsZero() && !price.From.Before(price.To) {
		return Price{}, fmt.Errorf("to: %s is not after from", f.To)
	}
	if price.Rates, err = f.rates(); err != nil {
		return Price{}, err
	}
	price.Steps, err = f.steps()
	return price, err
}

func (f *priceFile) steps() ([]Step, error) {
	var steps []Step
	last := int64(0)
	for i := range f.Steps {
		step := &f.Steps[i]
		if step.Above <= last {
			return nil, fmt.Errorf("steps[%d].above: want more than %d, have %d", i, last, step.Above)
		}
		if err := step.states(&f.ratesFile); err != nil {
			return nil, fmt.Errorf("steps[%d].%w", i, err)
		}
		rates, err := step.rates()
		if err != nil {
			return nil, fmt.Errorf("steps[%d].%w", i, err)
		}
		steps = append(steps, Step{Above: step.Above, Rates: rates})
		last = step.Above
	}
	return steps, nil
}

// states returns an error where base has a price that f lacks: leaving it out
// would quietly mean the price of input.
func (f *ratesFile) states(base *ratesFile) error {
	switch {
	case f.CacheRead == nil && base.CacheRead != nil:
		return fmt.Errorf("cache_read: %w", errMissing)
	case f.CacheWrite == nil && base.CacheWrite != nil:
		return fmt.Errorf("cache_write: %w", errMissing)
	case f.InputAudio == nil && base.InputAudio != nil:
		return fmt.Errorf("input_audio: %w", errMissing)
	}
	return nil
}

func (f *ratesFile) rates() (Rates, error) {
	var r Rates
	for _, field := range []struct {
		name   string
		text   json.RawMessage
		rate   *Rate
		orElse *Rate
	}{
		{"input", f.Input, &r.Input, nil},
		{"output", f.Output, &r.Output, nil},
		{"cache_read", f.CacheRead, &r.CacheRead, &r.Input},
		{"cache_write", f.CacheWrite, &r.CacheWrite, &r.Input},
		{"input_audio", f.InputAudio, &r.InputAudio, &r.Input},
	} {
		if field.text == nil && field.orElse != nil {
			*field.rate = *field.orElse
			continue
		}
		var err error
		if *field.rate, err = rateOf(field.text); err != nil {
			return Rates{}, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	return r, nil
}

func rateOf(text json.RawMessage) (Rate, error) {
	if text == nil {
		return 0, errMissing
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil || string(text) == "null" {
		return 0, fmt.Errorf("%w, have %s", errRate, text)
	}
	rate, err := ParseRate(s)
	if err != nil {
		return 0, fmt.Errorf("%w, have %s", err, text)
	}
	return rate, nil
}

// inTier returns the price with every rate multiplied by factor.
func (p *Price) inTier(tier, factor string) (Price, error) {
	by, err := ParseRate(factor)
	if err != nil || tier == "" || tier == p.Tier {
		return Price{}, fmt.Errorf(`want another tier and a decimal string such as "0.5", have %q`, factor)
	}
	derived := *p
	derived.Tier, derived.Steps = tier, slices.Clone(p.Steps)
	ok := derived.Rates.scale(by)
	for i := range derived.Steps {
		ok = derived.Steps[i].Rates.scale(by) && ok
	}
	if !ok {
		return Price{}, fmt.Errorf("times %s a price has more than 6 decimals; state the prices of the tier", factor)
	}
	return derived, nil
}

func (r *Rates) scale(by Rate) bool {
	ok := true
	for _, rate := range []*Rate{&r.Input, &r.Output, &r.CacheRead, &r.CacheWrite, &r.InputAudio} {
		scaled, whole := rate.scale(by)
		*rate, ok = scaled, ok && whole
	}
	return ok
}

// parseTime reads a day, as its midnight in UTC, or a time as in RFC 3339. An
// empty text is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("want a day such as 2027-01-01 or a time such as 2027-01-01T00:00:00Z, have %q", s)
}
