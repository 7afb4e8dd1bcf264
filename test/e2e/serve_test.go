// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestServe_Read reads a ledger in every way while the server writes it.
func TestServe_Read(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		s := startServer(t, dsn)
		l := newLoad(5, 12)
		require.NoError(t, deliverAll(t.Context(), each(t, 2, s.grpc, s.http), l.shuffled(1, 20), func() {}))
		requireLedger(t, openSQL(t, dsn), l.books)

		var listed struct {
			Analyses []document `json:"analyses"`
		}
		require.NoError(t, json.Unmarshal(read(t, dsn, "list", "--json"), &listed))
		require.Len(t, listed.Analyses, len(l.books))
		for _, d := range listed.Analyses {
			require.Equal(t, l.books[d.AnalysisID].total().Calls, d.Calls)
			require.Equal(t, "RELIANCE", d.Subject)
		}
		id := listed.Analyses[0].AnalysisID
		summary := read(t, dsn, "summary", id, "--json")
		require.Equal(t, l.books[id], documentBill(t, summary))
		requireSame(t, summary, s.url+"/api/v1/analyses/"+id)
		requireSame(t, read(t, dsn, "calls", id, "--json"), s.url+"/api/v1/analyses/"+id+"/calls")

		require.Contains(t, string(read(t, dsn, "list")), id)
		require.Contains(t, string(read(t, dsn, "summary", id)), "RELIANCE")
		require.Contains(t, string(read(t, dsn, "calls", id)), "gemini-2.5-")
		page, err := get(t.Context(), s.url+"/")
		require.NoError(t, err)
		require.Contains(t, string(page), id)
		require.Zero(t, s.stop(t), s.report())
	})
}

// read returns what a reading command prints.
func read(t *testing.T, dsn string, args ...string) []byte {
	t.Helper()
	p := start(t, []string{"SPANLEDGER_DSN=" + dsn}, args...)
	require.Zero(t, p.wait(t), p.report())
	require.Empty(t, p.stderr.String())
	return []byte(p.stdout.String())
}

// requireSame compares the document of a command with that of the API, byte
// for byte but for the white space that is for people.
func requireSame(t *testing.T, printed []byte, url string) {
	t.Helper()
	served, err := get(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, compact(t, printed), compact(t, served))
}

// TestServe_Stop ends a server while spans stream in: what it acknowledged is
// in the ledger, and what it did not can be sent to the next one.
func TestServe_Stop(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		l := newLoad(7, 150)
		batches := l.shuffled(1, 20)
		first := startServer(t, dsn)
		senders := each(t, 4, first.grpc, first.http)
		enough := make(chan struct{})
		acknowledged := make(chan []string)
		go func() {
			acknowledged <- sendUntilStopped(t.Context(), batches, len(batches)/3, enough, senders)
		}()
		<-enough
		require.Zero(t, first.stop(t), first.report())
		db := openSQL(t, dsn)
		require.Subset(t, spanIDs(t, db), <-acknowledged)

		second := startServer(t, dsn)
		require.NoError(t, deliverAll(t.Context(), each(t, 8, second.grpc, second.http), batches, func() {}))
		requireLedger(t, db, l.books)
		require.Zero(t, second.stop(t), second.report())
	})
}

// sendUntilStopped sends batches until the receivers take no more, and returns
// the ids of the calls that they took. It says when that was enough batches.
func sendUntilStopped(
	ctx context.Context, batches []ptrace.Traces, enough int, said chan<- struct{}, senders []sender,
) []string {
	var mu sync.Mutex
	var ids []string
	taken := 0
	var wait sync.WaitGroup
	for n, send := range senders {
		wait.Go(func() {
			for i := n; i < len(batches); i += len(senders) {
				if send(ctx, batches[i]) != nil {
					return
				}
				mu.Lock()
				ids = append(ids, callIDs(batches[i])...)
				taken++
				if taken == enough {
					close(said)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return ids
}

func callIDs(td ptrace.Traces) []string {
	var ids []string
	for _, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		if span.Name() != "analysis" {
			ids = append(ids, span.SpanID().String())
		}
	}
	return ids
}
