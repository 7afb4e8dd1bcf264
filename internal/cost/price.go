// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// TierStandard is the service tier of a call that names none.
const TierStandard = "standard"

// Price is the price of one model in one service tier over one period. It is
// a plain value; those of a PriceList share their Steps and are only read.
type Price struct {
	// Provider is a provider's name as spans have it ("gcp.vertex_ai") or the
	// name of a family ("google").
	Provider string
	Model    string
	// Aliases are further names of the model.
	Aliases []string
	Tier    string
	// From and To bound the period, [From, To). A zero time is no bound.
	From, To time.Time
	// Rates are the prices of a request up to the first step.
	Rates Rates
	// Steps reprice whole requests by their size, smallest Above first.
	Steps []Step
}

// Rates are prices by kind of token. Every token is charged at one of them.
type Rates struct {
	Input  Rate
	Output Rate
	// CacheRead is the price of input that came from a cache.
	CacheRead Rate
	// CacheWrite is the price of input that was written to a cache.
	CacheWrite Rate
	// InputAudio is the price of audio input.
	InputAudio Rate
}

// Step is the price of a request with more than Above input tokens: all its
// tokens are charged at Rates, not just those beyond. A call of several
// requests is charged at the price of its largest one, of whose size usage
// tells: where some requests lie below a step and some above it, the step
// counts for all of them.
type Step struct {
	Above int64
	Rates Rates
}

// covers reports whether the price holds for tier at the instant at.
func (p *Price) covers(tier string, at time.Time) bool {
	return p.Tier == tier && !at.Before(p.From) && (p.To.IsZero() || at.Before(p.To))
}

// overlaps reports whether both hold at some instant.
func (p *Price) overlaps(o Price) bool {
	return p.Tier == o.Tier && (p.To.IsZero() || o.From.Before(p.To)) && (o.To.IsZero() || p.From.Before(o.To))
}

// amount returns what u costs, and false where u is unknown, contradicts
// itself or costs more than an Amount holds.
func (p *Price) amount(u *analysis.Usage) (Amount, bool) {
	if !chargeable(u) {
		return Amount{}, false
	}
	return p.ratesFor(u.LargestRequest().OrZero()).amount(u)
}

// ratesFor returns the rates of a request with so many input tokens.
func (p *Price) ratesFor(input int64) *Rates {
	rates := &p.Rates
	for i := range p.Steps {
		if input > p.Steps[i].Above {
			rates = &p.Steps[i].Rates
		}
	}
	return rates
}

// chargeable reports whether u tells what to charge. A provider leaves the
// output out where nothing was generated, but not the input; where its total
// says that there was more, the output is not none but unknown. The counts of
// a stream that was cut are a lower bound, and so is their cost.
func chargeable(u *analysis.Usage) bool {
	switch u.Status {
	case analysis.StatusUnknown:
		return false
	case analysis.StatusPartial:
		return u.Input.IsKnown() || u.Output.IsKnown()
	default:
		noMore := u.ProviderTotal.OrZero() <= u.Input.OrZero()
		return u.Input.IsKnown() && (u.Output.IsKnown() || noMore)
	}
}

// amount charges each token once: cached input, written input, audio and
// other input, output. Usage does not tell how much of the audio came from
// the cache; as far as the counts allow, none of it is taken to.
func (r *Rates) amount(u *analysis.Usage) (Amount, bool) {
	input, output := u.Input.OrZero(), u.Output.OrZero()
	read, written, audio := u.CacheRead.OrZero(), u.CacheWrite.OrZero(), u.InputBy.Audio.OrZero()
	if min(input, output, read, written, audio) < 0 || read > input || written > input-read {
		return Amount{}, false
	}
	fresh := input - read - written
	audio = min(audio, fresh)

	var s sum
	s.add(fresh-audio, r.Input)
	s.add(audio, r.InputAudio)
	s.add(read, r.CacheRead)
	s.add(written, r.CacheWrite)
	s.add(output, r.Output)
	return analysis.PicoDollars(s.pico), !s.overflow
}
