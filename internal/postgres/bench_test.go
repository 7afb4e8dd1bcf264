// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/pgtest"
)

const (
	benchCalls   = 100_000
	benchBatch   = 2048
	benchWriters = 2
	benchWindow  = 20_000
)

// BenchmarkStore_Fold compares the fold with its floor: a COPY of the same
// rows, made ready beforehand, into a table that has nothing but its primary
// key. Both are measured in each round, one right after the other, with as many
// writers. "Resent" delivers one call in ten again, in later batches. Run it on
// a server that syncs to disk:
//
//	go run ./test/withpostgres -fsync -- go test -run '^$' -bench Store_Fold -benchtime 5x ./internal/postgres
func BenchmarkStore_Fold(b *testing.B) {
	for _, load := range []struct {
		name     string
		analyses int
		arrival  []int
		resent   int // one call in so many; 0 for none
	}{
		{"Small", benchCalls / 6, inOrder(), 0},
		{"SmallScattered", benchCalls / 6, scattered(), 0},
		{"SmallResent", benchCalls / 6, inOrder(), 10},
		{"Hot", 1, scattered(), 0},
		{"HotResent", 1, scattered(), 10},
	} {
		b.Run(load.name, func(b *testing.B) {
			calls := benchLoad(load.analyses, load.arrival)
			var floor, fold figures
			for n := 0; b.Loop(); n++ {
				rounds := []func(){
					func() { floor.add(roundOfFloor(b, batches(calls))) },
					func() { fold.add(roundOfFold(b, batches(resend(calls, load.resent)))) },
				}
				rounds[n%2]()
				rounds[1-n%2]()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(floor.perSecond()/1000, "floor-kcalls/s")
			b.ReportMetric(fold.perSecond()/1000, "fold-kcalls/s")
			b.ReportMetric(fold.perSecond()/floor.perSecond(), "x-floor")
			b.ReportMetric(floor.perCall(floor.cpu.Seconds()*1e6), "floor-client-us/call")
			b.ReportMetric(floor.perCall(floor.server.Seconds()*1e6), "floor-server-us/call")
			b.ReportMetric(fold.perCall(fold.cpu.Seconds()*1e6), "client-us/call")
			b.ReportMetric(fold.perCall(fold.server.Seconds()*1e6), "server-us/call")
			b.ReportMetric(fold.perCall(float64(fold.wal)), "wal-B/call")
			b.ReportMetric(fold.perCall(float64(fold.disk)), "disk-B/call")
		})
	}
}

// figures are what rounds of a benchmark took.
type figures struct {
	calls int
	wall  time.Duration
	// cpu is the time of processors that this process took, and server that of
	// the server's processes that served it.
	cpu, server time.Duration
	wal, disk   int64
}

func (f *figures) add(o figures) {
	f.calls += o.calls
	f.wall, f.cpu, f.server = f.wall+o.wall, f.cpu+o.cpu, f.server+o.server
	f.wal, f.disk = f.wal+o.wal, f.disk+o.disk
}

func (f *figures) perSecond() float64 { return float64(f.calls) / f.wall.Seconds() }

func (f *figures) perCall(v float64) float64 { return v / float64(f.calls) }

// BenchmarkStore_Fold_Nesting compares leaves with calls that are checked: of
// spans whose parent is no call, and of pairs of which the outer call is rolled
// up.
func BenchmarkStore_Fold_Nesting(b *testing.B) {
	calls := benchLoad(benchCalls/6, inOrder())
	b.Run("Leaves", func(b *testing.B) { benchFold(b, calls) })
	for i := range calls {
		calls[i].Leaf = false
		binary.BigEndian.PutUint64(calls[i].Parent[:], uint64(i/3+1))
	}
	b.Run("Checked", func(b *testing.B) { benchFold(b, calls) })
	for i := 0; i+1 < len(calls); i += 2 {
		outer, inner := &calls[i], &calls[(i+101)%len(calls)|1]
		inner.Key.Trace, inner.Parent, outer.Parent = outer.Key.Trace, outer.Key.Span, analysis.SpanID{}
	}
	b.Run("Pairs", func(b *testing.B) { benchFold(b, calls) })
}

func benchFold(b *testing.B, calls []analysis.Call) {
	b.Helper()
	var fold figures
	for b.Loop() {
		fold.add(roundOfFold(b, batches(resend(calls, 10))))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(fold.perSecond()/1000, "kcalls/s")
	b.ReportMetric(fold.perCall(fold.server.Seconds()*1e6), "server-us/call")
}

// benchLoad returns calls as our own clients make them. The analyses of a window
// run at the same time; arrival says which of the calls of a window arrives when,
// by their ends.
func benchLoad(analyses int, arrival []int) []analysis.Call {
	base := time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	rng := rand.New(rand.NewPCG(1, 1))
	calls := make([]analysis.Call, benchCalls)
	for i := range calls {
		c := &calls[i]
		*c = analysis.Call{
			Leaf: true, AnalysisID: fmt.Sprintf("analysis_%08d", i*analyses/benchCalls),
			Attribution: analysis.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "pro"},
			Type:        analysis.CallType([]string{"indicator_summary", "volume_analysis", "Final_decision"}[i%3]),
			Provider:    "gcp.gemini", Operation: "generate_content",
			RequestModel: "gemini-2.5-flash", ResponseModel: "gemini-2.5-flash", ServiceTier: "standard",
			ResponseID: fmt.Sprintf("response-%016x", rng.Uint64()), FinishReasons: []string{"STOP"}, Attempts: 1,
			Usage: analysis.Usage{
				Status: analysis.StatusReported,
				Input:  analysis.Known(rng.Int64N(9000)), Output: analysis.Known(rng.Int64N(900)),
				CacheRead: analysis.Known(rng.Int64N(900)), Reasoning: analysis.Known(rng.Int64N(300)),
				ProviderTotal: analysis.Known(rng.Int64N(9000)), InputBy: analysis.Modalities{Text: analysis.Known(1)},
			},
			Cost: analysis.Cost{
				Amount: analysis.PicoDollars(rng.Int64N(1e9)), Priced: true, PriceListVersion: "builtin-2026-11-01",
			},
		}
		binary.BigEndian.PutUint64(c.Key.Trace[:], rng.Uint64())
		binary.BigEndian.PutUint64(c.Key.Trace[8:], rng.Uint64())
		binary.BigEndian.PutUint64(c.Key.Span[:], rng.Uint64())
		binary.BigEndian.PutUint64(c.Parent[:], rng.Uint64())
	}
	for window := range slices.Chunk(calls, benchWindow) {
		rng.Shuffle(len(window), func(i, j int) { window[i], window[j] = window[j], window[i] })
	}
	for i := range calls {
		place := i - i%benchWindow + arrival[i%benchWindow]
		calls[i].End = base.Add(time.Duration(place) * 30 * time.Millisecond)
		calls[i].Start = calls[i].End.Add(-time.Duration(rng.Int64N(3e6)) * time.Microsecond)
	}
	return calls
}

// inOrder has calls arrive as they end.
func inOrder() []int {
	arrival := make([]int, benchWindow)
	for i := range arrival {
		arrival[i] = i
	}
	return arrival
}

// scattered has them arrive in any order, as after an outage.
func scattered() []int { return rand.New(rand.NewPCG(2, 2)).Perm(benchWindow) }

func batches(calls []analysis.Call) [][]analysis.Call {
	return slices.Collect(slices.Chunk(calls, benchBatch))
}

// resend puts one call in so many a second time into the calls, two to four
// batches later.
func resend(calls []analysis.Call, one int) []analysis.Call {
	if one == 0 {
		return calls
	}
	out := make([]analysis.Call, 0, len(calls)+len(calls)/one)
	for i := range calls {
		out = append(out, calls[i])
		if again := i - 2*benchBatch - i*31%(2*benchBatch); i%one == 0 && again >= 0 {
			out = append(out, calls[again])
		}
	}
	return out
}

// openNamed opens a ledger whose connections are told apart from others.
func openNamed(b *testing.B) *Store {
	b.Helper()
	dsn := pgtest.DSN(b)
	s := open(b, dsn+"&application_name="+pgtest.Schema(b, dsn))
	conns := make([]*pgxpool.Conn, benchWriters)
	for i := range conns { // all connections are there before anything is measured
		var err error
		conns[i], err = s.pool.Acquire(b.Context())
		require.NoError(b, err)
	}
	for _, conn := range conns {
		conn.Release()
	}
	return s
}

// roundOfFold folds the batches into a new ledger.
func roundOfFold(b *testing.B, work [][]analysis.Call) figures {
	b.Helper()
	s := openNamed(b)
	var rows []*row
	for _, batch := range work {
		rows = append(rows, newDelivery(&ledger.Batch{Calls: batch}, time.Now()).rows...)
	}
	require.NoError(b, s.ensurePartitions(b.Context(), rows))
	f := inParallel(b, s, work, func(batch []analysis.Call) error {
		_, err := s.Fold(b.Context(), &ledger.Batch{Calls: batch})
		return err
	})
	require.NoError(b, s.pool.QueryRow(b.Context(), `SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
		JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = $1`, s.schema).Scan(&f.disk))
	dropSchema(b, s)
	return f
}

// roundOfFloor copies the rows of the batches into a table with a primary key.
func roundOfFloor(b *testing.B, work [][]analysis.Call) figures {
	b.Helper()
	s := openNamed(b)
	_, err := s.pool.Exec(b.Context(), s.sql.qualify(`CREATE TABLE {schema}.floor (LIKE {schema}.ledger_call);
		ALTER TABLE {schema}.floor ADD PRIMARY KEY (analysis_id, start_time, trace_id, span_id)`))
	require.NoError(b, err)
	copySQL := s.sql.qualify("COPY {schema}.floor (" + callTable.names() + ") FROM STDIN BINARY")
	ready := make(map[*analysis.Call][]byte, len(work))
	for _, batch := range work {
		rows := newDelivery(&ledger.Batch{Calls: batch}, time.Now()).rows
		ready[&batch[0]], err = io.ReadAll(newCopyReader(callTable, rows))
		require.NoError(b, err)
	}
	f := inParallel(b, s, work, func(batch []analysis.Call) error {
		conn, err := s.pool.Acquire(b.Context())
		if err != nil {
			return err
		}
		defer conn.Release()
		_, err = conn.Conn().PgConn().CopyFrom(b.Context(), bytes.NewReader(ready[&batch[0]]), copySQL)
		return err
	})
	dropSchema(b, s)
	return f
}

func dropSchema(b *testing.B, s *Store) {
	b.Helper()
	_, err := s.pool.Exec(b.Context(), s.sql.qualify("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}"))
	require.NoError(b, err)
	_, err = s.pool.Exec(b.Context(), "CHECKPOINT") // no round pays for the one before
	require.NoError(b, err)
	s.Close()
}

// inParallel has several writers do the work, and measures it.
func inParallel(b *testing.B, s *Store, work [][]analysis.Call, do func(batch []analysis.Call) error) figures {
	b.Helper()
	var f figures
	queue := make(chan []analysis.Call, len(work))
	for _, batch := range work {
		queue <- batch
		f.calls += len(batch)
	}
	close(queue)
	runtime.GC()
	var wg sync.WaitGroup
	errs := make([]error, benchWriters)
	wal, server, cpu, start := walPosition(b, s), serverCPU(b, s), clientCPU(b), time.Now()
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
	f.wall, f.cpu = time.Since(start), clientCPU(b)-cpu
	f.wal, f.server = walPosition(b, s)-wal, serverCPU(b, s)-server
	require.NoError(b, errors.Join(errs...))
	return f
}

func walPosition(b *testing.B, s *Store) (n int64) {
	b.Helper()
	require.NoError(b, s.pool.QueryRow(b.Context(), "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").Scan(&n))
	return n
}

// serverCPU is the time of processors that the server's processes took that
// serve the store, 0 where this machine does not tell.
func serverCPU(b *testing.B, s *Store) (sum time.Duration) {
	b.Helper()
	rows, err := s.pool.Query(b.Context(),
		"SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name')")
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	for _, pid := range pids {
		const (
			user, system = 11, 12 // of the fields that follow the name
			tick         = 10 * time.Millisecond
		)
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, after, _ := bytes.Cut(stat, []byte(") "))
		if fields := strings.Fields(string(after)); len(fields) > system {
			for _, field := range fields[user : system+1] {
				ticks, err := strconv.Atoi(field)
				require.NoError(b, err)
				sum += time.Duration(ticks) * tick
			}
		}
	}
	return sum
}

// clientCPU is the time of processors that this process took.
func clientCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkNewDelivery is the client's part of a Fold.
func BenchmarkNewDelivery(b *testing.B) {
	calls := benchLoad(benchCalls/6, inOrder())[:benchBatch]
	b.ReportAllocs()
	buffer := make([]byte, 1<<16)
	for b.Loop() {
		d := newDelivery(&ledger.Batch{Calls: calls}, time.Now())
		markFolded(d.rows, time.Time{})
		_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, newCopyReader(callTable, d.rows), buffer)
		require.NoError(b, err)
		registryTable.params(entries(d.rows, nil, d.now))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchBatch, "ns/call")
}
