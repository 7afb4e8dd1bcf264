// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"strconv"
	"testing"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

// BenchmarkTally measures what an analysis costs in process: a call that is
// added, from one goroutine and from 64 at once, and a Summary of 1,000 calls
// with their details.
//
//	go test -run '^$' -bench Tally -benchmem ./instrument
func BenchmarkTally(b *testing.B) {
	call := &newBenchCall(b).record
	b.Run("Add", func(b *testing.B) {
		t := newTally("a", 0, nil)
		b.ReportAllocs()
		for b.Loop() {
			t.add(call)
		}
	})
	b.Run("Add64", func(b *testing.B) {
		t := newTally("a", 0, nil)
		b.ReportAllocs()
		b.SetParallelism(32) // on two processors
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				t.add(call)
			}
		})
	})
	b.Run("Summary1000", func(b *testing.B) {
		t := newDetailedTally(call, 1000)
		b.ReportAllocs()
		for b.Loop() {
			t.summary(call.End)
		}
	})
}

// newDetailedTally keeps the details of n calls of six types.
func newDetailedTally(call *analysis.Call, n int) *tally {
	t := newTally("a", n, nil)
	for i := range n {
		one := *call
		one.Type = CallType("type" + strconv.Itoa(i%6))
		one.Start = call.Start.Add(time.Duration(i*7919%n) * time.Millisecond) // in no order
		t.add(&one)
	}
	return t
}
