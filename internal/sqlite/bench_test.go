// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

// BenchmarkStore_Fold folds batches of new calls: of many analyses of six
// calls each that are spread over the batches, and of one hot analysis. Floor
// is the same rows in one prepared INSERT each, into a table without an index.
func BenchmarkStore_Fold(b *testing.B) {
	for _, load := range []string{"small", "hot"} {
		for _, size := range []int{512, 2048} {
			b.Run(fmt.Sprintf("%s/batch=%d/floor", load, size), func(b *testing.B) {
				benchmarkFloor(b, newFeed(load == "hot"), size)
			})
			b.Run(fmt.Sprintf("%s/batch=%d/fold", load, size), func(b *testing.B) {
				benchmarkFold(b, newFeed(load == "hot"), size)
			})
		}
	}
}

func benchmarkFold(b *testing.B, feed *feed, size int) {
	b.Helper()
	s, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "ledger.db"), CreateSchema: true})
	require.NoError(b, err)
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := &ledger.Batch{Calls: feed.next(size)}
		b.StartTimer()
		outcome, err := s.Fold(b.Context(), batch)
		if err != nil || outcome.Folded != size {
			b.Fatal(outcome, err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "calls/s")
}

func benchmarkFloor(b *testing.B, feed *feed, size int) {
	b.Helper()
	db, err := pool(filepath.Join(b.TempDir(), "floor.db"), mayCreate, 1)
	require.NoError(b, err)
	defer db.Close()
	require.NoError(b, useWAL(b.Context(), db))
	_, err = db.ExecContext(b.Context(), `CREATE TABLE floor (`+strings.Join(callColumns, ", ")+`)`)
	require.NoError(b, err)
	insert, err := db.PrepareContext(b.Context(),
		`INSERT INTO floor VALUES (?`+strings.Repeat(", ?", len(callColumns)-1)+`)`)
	require.NoError(b, err)
	defer insert.Close()
	for b.Loop() {
		b.StopTimer()
		calls := feed.next(size)
		b.StartTimer()
		if err := insertAll(b, db, insert, calls); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "calls/s")
}

func insertAll(b *testing.B, db *sql.DB, insert *sql.Stmt, calls []analysis.Call) error {
	b.Helper()
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(b.Context())
	stmt := tx.StmtContext(ctx, insert) //nolint:sqlclosecheck // the transaction closes it
	for i := range calls {
		if _, err := stmt.ExecContext(ctx, callArgs(&calls[i])...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// feed makes calls as they arrive from many processes: an analysis is one
// trace, and its calls meet those of some thousand others.
type feed struct {
	rng    *rand.Rand
	hot    bool
	models []analysis.Call
	window []analysis.Call
	made   uint64
}

const (
	windowCalls      = 20_000
	callsPerAnalysis = 6
)

func newFeed(hot bool) *feed {
	return &feed{
		rng: rand.New(rand.NewPCG(1, 1)), hot: hot,
		models: ledgertest.Calls(1, 1000, ledgertest.Shape{Analyses: 1}),
	}
}

func (f *feed) next(n int) []analysis.Call {
	for len(f.window) < windowCalls+n {
		f.addAnalysis()
	}
	batch := make([]analysis.Call, n)
	for i := range batch {
		last := len(f.window) - 1
		at := f.rng.IntN(len(f.window))
		batch[i], f.window[at] = f.window[at], f.window[last]
		f.window = f.window[:last]
	}
	return batch
}

func (f *feed) addAnalysis() {
	var trace analysis.TraceID
	binary.BigEndian.PutUint64(trace[:8], f.rng.Uint64())
	binary.BigEndian.PutUint64(trace[8:], f.rng.Uint64())
	id := "analysis_" + trace.String()
	if f.hot {
		id = "analysis_hot"
	}
	first := &f.models[f.made%uint64(len(f.models))]
	for n := range callsPerAnalysis {
		c := f.models[f.made%uint64(len(f.models))]
		c.AnalysisID, c.Key.Trace, c.Attribution, c.Leaf = id, trace, first.Attribution, true
		c.Start = first.Start.Add(time.Duration(n) * time.Second)
		c.End = c.Start.Add(time.Second)
		binary.BigEndian.PutUint64(c.Key.Span[:], f.rng.Uint64())
		f.window = append(f.window, c)
		f.made++
	}
}
