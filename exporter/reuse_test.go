// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// slowFolder looks at the calls of a batch, lets others run, and looks again.
// It takes some batches, and refuses others in either way.
type slowFolder struct {
	mu    sync.Mutex
	mixed int // calls that were not those of their span
	taken map[analysis.SpanKey]struct{}
}

func (f *slowFolder) Fold(ctx context.Context, b *ledger.Batch) (ledger.Outcome, error) {
	mixed := 0
	for range 3 {
		for i := range b.Calls {
			number := binary.BigEndian.Uint64(b.Calls[i].Key.Span[:]) // as fillCall has it
			if b.Calls[i].Usage.Input.OrZero() != 99+int64(number) {
				mixed++
			}
		}
		runtime.Gosched()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mixed += mixed
	switch chance := rand.IntN(6); {
	case chance == 0 || ctx.Err() != nil:
		return ledger.Outcome{}, refusal(ledger.Retryable)
	case chance == 1 && len(b.Calls) > 1:
		return ledger.Outcome{}, refusal(ledger.Permanent) // the halves are tried
	}
	for i := range b.Calls {
		f.taken[b.Calls[i].Key] = struct{}{}
	}
	return ledger.Outcome{Folded: len(b.Calls)}, nil
}

// TestIngester_Consume_MemoryIsReused has several batches folded at once, over
// and over. The memory of one, which is used anew afterwards, is never another's.
func TestIngester_Consume_MemoryIsReused(t *testing.T) {
	t.Parallel()
	b := newBench(t, &fakeStore{})
	store := &slowFolder{taken: map[analysis.SpanKey]struct{}{}}
	b.ingester.store = store
	const consumers, batches, size = 4, 60, 50
	var wg sync.WaitGroup
	errs := make([]error, consumers)
	for c := range consumers {
		wg.Go(func() {
			for n := range batches {
				td := numberedCalls((c*batches+n)*size, 1+rand.IntN(size))
				for err := b.consume(t.Context(), td); err != nil; err = b.consume(t.Context(), td) {
					if consumererror.IsPermanent(err) {
						errs[c] = err
						return
					}
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Zero(t, store.mixed)
	require.Equal(t, sum(t, b.tel, metricCalls), int64(len(store.taken)))
}

// numberedCalls returns calls that no other batch has.
func numberedCalls(first, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		fillCall(spans.AppendEmpty(), first+i)
	}
	return td
}
