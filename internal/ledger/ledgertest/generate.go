// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// Shape says what generated calls look like. The zero Shape is small analyses
// of plain text that started over the last two days.
type Shape struct {
	// Analyses is how many analyses the calls belong to. Defaults to one for
	// eight calls.
	Analyses int
	// Hostile puts text that breaks careless SQL, CSV, JSON and terminals
	// into every name.
	Hostile bool
	// Base is the earliest start. Defaults to two days before the clock.
	Base time.Time
	// Span is the time over which the calls start. Defaults to 36 hours.
	Span time.Duration
}

func (s Shape) orDefault(n int) Shape {
	if s.Analyses == 0 {
		s.Analyses = n/8 + 1
	}
	if s.Base.IsZero() {
		s.Base = time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	}
	if s.Span == 0 {
		s.Span = 36 * time.Hour
	}
	return s
}

// Calls returns n calls with distinct keys, in random order, of all that a
// provider may report or leave out. They are canonical, and the same for the
// same seed and shape but for the time that the shape starts from.
func Calls(seed uint64, n int, shape Shape) []analysis.Call {
	g := newGenerator(seed, shape.orDefault(n))
	calls := make([]analysis.Call, n)
	for i := range calls {
		calls[i] = ledger.Canonical(g.call(uint64(i)))
	}
	return calls
}

// Ends returns the analysis spans of the calls: for each analysis none, one,
// or two of different processes; some saw more calls than there are.
func Ends(seed uint64, calls []analysis.Call) []analysis.Closed {
	g := newGenerator(seed, Shape{}.orDefault(0))
	var ends []analysis.Closed
	seen := make(map[string]int64)
	var order []string
	for i := range calls {
		id := calls[i].AnalysisID
		if seen[id] == 0 {
			order = append(order, id)
		}
		seen[id]++
	}
	for _, id := range order {
		for range g.rng.IntN(3) {
			ends = append(ends, g.closed(id, seen[id]))
		}
	}
	return ends
}

type generator struct {
	rng   *rand.Rand
	shape Shape
}

func newGenerator(seed uint64, shape Shape) *generator {
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // tests want the same calls again
	return &generator{rng: rng, shape: shape}
}

func (g *generator) closed(id string, calls int64) analysis.Closed {
	start := g.instant()
	return ledger.CanonicalClosed(analysis.Closed{
		Key: g.key(g.rng.Uint64()), AnalysisID: id, Attribution: g.attribution(),
		Start: start, End: start.Add(g.upTo(time.Hour)),
		Calls: (calls + g.rng.Int64N(3)) / 2, Input: g.rng.Int64N(1e6), Output: g.rng.Int64N(1e5),
	})
}

func (g *generator) call(i uint64) analysis.Call {
	id := g.rng.IntN(g.shape.Analyses)
	start := g.instant()
	c := analysis.Call{
		Key: g.key(i), AnalysisID: g.name(fmt.Sprintf("analysis_%d", id), id), Attribution: g.attribution(),
		Type: analysis.CallType(g.oneOf(callTypes)), Provider: g.oneOf(providers), Operation: g.oneOf(operations),
		RequestModel: g.oneOf(models), ServiceTier: g.oneOf(tiers),
		Attempts: 1 + g.rng.IntN(3), Start: start, End: start.Add(g.upTo(time.Minute)),
		Usage: g.usage(), ErrorType: g.oneOf(errorTypes),
	}
	if g.often() {
		binary.BigEndian.PutUint64(c.Parent[:], g.rng.Uint64()|1)
		c.ResponseModel, c.ResponseID = g.oneOf(models), g.name("resp", int(i%1000))
		c.FinishReasons = []string{g.oneOf(finishReasons), g.oneOf(finishReasons)}[:1+g.rng.IntN(2)]
	}
	if g.often() {
		c.Stream, c.TimeToFirstChunk = true, g.upTo(time.Second)
	}
	if c.Usage.Status != analysis.StatusUnknown && g.rng.IntN(5) > 0 {
		amount := analysis.PicoDollars(g.rng.Int64N(4) * g.rng.Int64N(1e12))
		c.Cost = analysis.Cost{Amount: amount, Priced: true, PriceListVersion: g.oneOf(priceLists)}
	}
	return c
}

// key makes keys that share traces, and span ids of other traces.
func (g *generator) key(i uint64) analysis.SpanKey {
	var k analysis.SpanKey
	binary.BigEndian.PutUint64(k.Trace[:8], i/4+1)
	binary.BigEndian.PutUint64(k.Trace[8:], (i/4)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(k.Span[:], 0xFF00_0000_0000_0000|i%4)
	return k
}

func (g *generator) usage() analysis.Usage {
	status := analysis.UsageStatus([]uint8{0, 1, 1, 1, 1, 2, 3}[g.rng.IntN(7)])
	if status == analysis.StatusUnknown {
		if g.often() {
			return analysis.Usage{}
		}
		return analysis.Usage{ProviderTotal: analysis.Known(g.rng.Int64N(200_000))}
	}
	input, output := g.rng.Int64N(200_000), g.rng.Int64N(9_000)
	u := analysis.Usage{
		Status: status, Input: analysis.Known(input), Output: g.part(output),
		CacheRead: g.part(input / 2), CacheWrite: g.part(input / 4), ToolUse: g.part(input / 8),
		Reasoning: g.part(output / 2),
	}
	if g.often() {
		u.LargestInput = g.part(input - input/3)
	}
	if g.often() {
		u.ProviderTotal = analysis.Known(input + output + g.rng.Int64N(3)*(g.rng.Int64N(200)-100))
		u.InputBy = analysis.Modalities{
			Text: g.part(input / 2), Image: g.part(input / 4), Audio: g.part(input / 8), Video: g.part(input / 8),
		}
		u.OutputBy = analysis.Modalities{Text: g.part(output), Image: g.part(0), Audio: g.part(0), Video: g.part(0)}
	}
	return u
}

// part is a count that may be unknown, zero or n.
func (g *generator) part(n int64) analysis.Count {
	switch g.rng.IntN(3) {
	case 0:
		return analysis.Unknown()
	case 1:
		return analysis.Known(0)
	}
	return analysis.Known(n)
}

func (g *generator) attribution() analysis.Attribution {
	if g.often() {
		return analysis.Attribution{}
	}
	return analysis.Attribution{
		Subject: g.oneOf(subjects), UserID: g.oneOf(users), UserTier: g.oneOf(userTiers), TenantID: g.oneOf(tenants),
	}
}

// instant lies on a coarse grid now and then, so that some calls start at the
// same time.
func (g *generator) instant() time.Time {
	offset := g.upTo(g.shape.Span)
	if g.often() {
		offset = offset.Truncate(time.Hour)
	}
	return g.shape.Base.Add(offset)
}

func (g *generator) upTo(d time.Duration) time.Duration {
	return time.Duration(g.rng.Int64N(int64(d))).Truncate(time.Microsecond)
}

func (g *generator) often() bool { return g.rng.IntN(2) == 0 }

func (g *generator) oneOf(texts []string) string {
	i := g.rng.IntN(len(texts))
	if texts[i] == "" {
		return ""
	}
	return g.name(texts[i], i)
}

func (g *generator) name(plain string, i int) string {
	if !g.shape.Hostile {
		return plain
	}
	return plain + HostileTexts[i%len(HostileTexts)]
}
