// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

const (
	benchCalls   = 100_000
	benchBatch   = 2048
	benchWriters = 2
	benchWindow  = 20_000
)

// BenchmarkStore_Fold compares the fold with its floor: a COPY of the same
// rows into a table that has nothing but its primary key. One call in ten is
// delivered twice. Run it on a server that syncs to disk:
//
//	go run ./test/withpostgres -fsync -- go test -run '^$' -bench Fold -benchtime 3x ./internal/postgres
func BenchmarkStore_Fold(b *testing.B) {
	for _, load := range []struct {
		name     string
		analyses int
	}{{"Small", benchCalls / 6}, {"Hot", 1}} {
		calls := benchLoad(load.analyses)
		b.Run("Floor/"+load.name, func(b *testing.B) { benchFloor(b, calls) })
		b.Run("Fold/"+load.name, func(b *testing.B) { benchFold(b, withRepeats(batches(calls))) })
	}
}

// BenchmarkStore_Fold_Nesting compares leaves with calls that are checked: of
// spans whose parent is no call, and of pairs of which the outer call is rolled
// up.
func BenchmarkStore_Fold_Nesting(b *testing.B) {
	calls := benchLoad(benchCalls / 6)
	b.Run("Leaves", func(b *testing.B) { benchFold(b, withRepeats(batches(calls))) })
	for i := range calls {
		calls[i].Leaf = false
		binary.BigEndian.PutUint64(calls[i].Parent[:], uint64(i/3+1))
	}
	b.Run("Checked", func(b *testing.B) { benchFold(b, withRepeats(batches(calls))) })
	for i := 0; i+1 < len(calls); i += 2 {
		outer, inner := &calls[i], &calls[(i+101)%len(calls)|1]
		inner.Key.Trace, inner.Parent, outer.Parent = outer.Key.Trace, outer.Key.Span, analysis.SpanID{}
	}
	b.Run("Pairs", func(b *testing.B) { benchFold(b, withRepeats(batches(calls))) })
}

// benchLoad returns calls of which the neighbors belong together, shuffled
// within a window, as they arrive from many services.
func benchLoad(analyses int) []analysis.Call {
	base := time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	calls := ledgertest.Calls(1, benchCalls, ledgertest.Shape{Analyses: analyses, Base: base, Span: time.Hour})
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range calls {
		calls[i].AnalysisID = fmt.Sprintf("analysis_%08d", i*analyses/benchCalls)
		calls[i].Attribution = analysis.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "pro"}
		calls[i].Start = base.Add(time.Duration(i) * 30 * time.Millisecond)
		calls[i].End = calls[i].Start.Add(time.Second)
		calls[i].Leaf, calls[i].Parent = true, analysis.SpanID{}
		binary.BigEndian.PutUint64(calls[i].Key.Trace[:], rng.Uint64())
		binary.BigEndian.PutUint64(calls[i].Key.Span[:], rng.Uint64())
	}
	for window := range slices.Chunk(calls, benchWindow) {
		rng.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
	}
	return calls
}

func batches(calls []analysis.Call) [][]analysis.Call {
	return slices.Collect(slices.Chunk(calls, benchBatch))
}

func withRepeats(in [][]analysis.Call) [][]analysis.Call {
	var out [][]analysis.Call
	for i := range in {
		out = append(out, in[i])
		if i%10 == 9 {
			out = append(out, in[i-3])
		}
	}
	return out
}

func benchFold(b *testing.B, work [][]analysis.Call) {
	b.Helper()
	for b.Loop() {
		b.StopTimer()
		s := open(b, pgtest.DSN(b))
		first := work[0][:1]
		_, err := s.Fold(b.Context(), &ledger.Batch{Calls: first}) // makes the partitions
		require.NoError(b, err)
		b.StartTimer()
		inParallel(b, work, func(batch []analysis.Call) error {
			_, err := s.Fold(b.Context(), &ledger.Batch{Calls: batch})
			return err
		})
	}
	report(b, work)
}

func benchFloor(b *testing.B, calls []analysis.Call) {
	b.Helper()
	work := batches(calls)
	for b.Loop() {
		b.StopTimer()
		s := open(b, pgtest.DSN(b))
		_, err := s.pool.Exec(b.Context(), s.sql.qualify(`CREATE TABLE {schema}.floor (LIKE {schema}.ledger_call);
			ALTER TABLE {schema}.floor ADD PRIMARY KEY (analysis_id, start_time, trace_id, span_id)`))
		require.NoError(b, err)
		copySQL := s.sql.qualify("COPY {schema}.floor (" + callTable.names() + ") FROM STDIN BINARY")
		b.StartTimer()
		inParallel(b, work, func(batch []analysis.Call) error {
			conn, err := s.pool.Acquire(b.Context())
			if err != nil {
				return err
			}
			defer conn.Release()
			data := callTable.copyData(newDelivery(&ledger.Batch{Calls: batch}, time.Now()).rows)
			_, err = conn.Conn().PgConn().CopyFrom(b.Context(), bytes.NewReader(data), copySQL)
			return err
		})
	}
	report(b, work)
}

func inParallel(b *testing.B, work [][]analysis.Call, do func(batch []analysis.Call) error) {
	b.Helper()
	queue := make(chan []analysis.Call, len(work))
	for _, batch := range work {
		queue <- batch
	}
	close(queue)
	var wg sync.WaitGroup
	errs := make([]error, benchWriters)
	for w := range benchWriters {
		wg.Go(func() {
			for batch := range queue {
				if errs[w] = do(batch); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(b, err)
	}
}

func report(b *testing.B, work [][]analysis.Call) {
	b.Helper()
	var n int
	for _, batch := range work {
		n += len(batch)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1000, "kcalls/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkNewDelivery is the client's part of a Fold.
func BenchmarkNewDelivery(b *testing.B) {
	calls := benchLoad(benchCalls / 6)[:benchBatch]
	b.ReportAllocs()
	for b.Loop() {
		d := newDelivery(&ledger.Batch{Calls: calls}, time.Now())
		markFolded(d.rows, time.Time{})
		callTable.copyData(d.rows)
		registryTable.params(entries(d.rows, nil, d.now))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchBatch, "ns/call")
}
