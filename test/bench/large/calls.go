// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/test/bench/load"
)

const (
	oneDay = 24 * time.Hour
	// window is how many calls arrive in any order: those of a small analysis
	// meet thousands of others.
	window = 16 * load.BatchCalls
	// Of 100 calls so many are of analyses of 6 calls and of 200; the rest is of
	// one long analysis a day.
	ofSmall, ofMiddle = 70, 20
	perMiddle         = 200
)

// feed makes the calls of one day after the other, as they come in. It is not
// safe for concurrent use.
type feed struct {
	rng   *rand.Rand
	ready []analysis.Call
	// ids are some of the analyses that were begun.
	ids []string

	small, middle, hot string
	inSmall, inMiddle  int
}

func newFeed(seed uint64) *feed {
	return &feed{rng: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // the same calls every time
}

// day has the next n calls start on a day, one after the other.
func (f *feed) day(day time.Time, n int, take func(batch []analysis.Call) error) error {
	f.hot = f.newID()
	step := oneDay / time.Duration(n+1)
	for i := range n {
		f.ready = append(f.ready, f.call(day.Add(time.Duration(i)*step)))
		if len(f.ready) == window || i == n-1 {
			if err := f.flush(take); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *feed) flush(take func(batch []analysis.Call) error) error {
	calls := f.ready
	f.ready = nil
	f.rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	for len(calls) > 0 {
		n := min(len(calls), load.BatchCalls)
		if err := take(calls[:n:n]); err != nil {
			return err
		}
		calls = calls[n:]
	}
	return nil
}

func (f *feed) newID() string {
	id := fmt.Sprintf("analysis_%016x", f.rng.Uint64())
	if len(f.ids) < 1000 || f.rng.IntN(100) == 0 {
		f.ids = append(f.ids, id)
	}
	return id
}

// analysis returns the one that the next call belongs to.
func (f *feed) analysis() string {
	switch n := f.rng.IntN(100); {
	case n < ofSmall:
		if f.inSmall%load.CallsPerAnalysis == 0 {
			f.small = f.newID()
		}
		f.inSmall++
		return f.small
	case n < ofSmall+ofMiddle:
		if f.inMiddle%perMiddle == 0 {
			f.middle = f.newID()
		}
		f.inMiddle++
		return f.middle
	default:
		return f.hot
	}
}

func (f *feed) call(start time.Time) analysis.Call {
	id := f.analysis()
	input, output := 1000+f.rng.Int64N(900), 300+f.rng.Int64N(200)
	c := analysis.Call{
		Leaf: true, AnalysisID: id, Type: analysis.CallType(fmt.Sprintf("step_%d", f.rng.IntN(6))),
		Attribution: analysis.Attribution{Subject: "RELIANCE", UserID: fmt.Sprintf("u-%d", f.rng.IntN(1000))},
		Provider:    "gcp.gemini", Operation: "generate_content",
		RequestModel: "gemini-2.5-flash", ResponseModel: "gemini-2.5-flash",
		ResponseID: fmt.Sprintf("response-%016x", f.rng.Uint64()), FinishReasons: []string{"STOP"},
		Attempts: 1, Start: start, End: start.Add(900 * time.Millisecond),
		Usage: analysis.Usage{
			Status: analysis.StatusReported, Input: analysis.Known(input), Output: analysis.Known(output),
			Reasoning: analysis.Known(output / 3), ProviderTotal: analysis.Known(input + output),
		},
		Cost: analysis.Cost{
			Amount: analysis.PicoDollars(input*300_000 + output*2_500_000), Priced: true,
			PriceListVersion: "2026-11-01",
		},
	}
	c.Attribution.UserID = "u-" + id[len(id)-3:]
	copy(c.Key.Trace[:], id[len(id)-16:])
	binary.BigEndian.PutUint64(c.Key.Span[:], f.rng.Uint64()|1)
	return c
}
