// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDelivery sends every span twice, in random order, in batches of random
// size, to two processes at once that share a ledger, over gRPC and HTTP: each
// call counts once.
func TestDelivery(t *testing.T) {
	t.Parallel()
	t.Run("Collectors", func(t *testing.T) {
		t.Parallel()
		onEachLedger(t, func(t *testing.T, dsn string) {
			first, second := startCollector(t, dsn), startCollector(t, dsn)
			requireOnce(t, dsn, append(each(t, 2, first.grpc, first.http), each(t, 2, second.grpc, second.http)...))
			require.Zero(t, first.stop(t), first.report())
			require.Zero(t, second.stop(t), second.report())
		})
	})
	t.Run("Servers", func(t *testing.T) {
		t.Parallel()
		onEachLedger(t, func(t *testing.T, dsn string) {
			first, second := startServer(t, dsn), startServer(t, dsn)
			requireOnce(t, dsn, append(each(t, 2, first.grpc, first.http), each(t, 2, second.grpc, second.http)...))
			require.Zero(t, first.stop(t), first.report())
			require.Zero(t, second.stop(t), second.report())
		})
	})
}

// requireOnce sends a load twice, over all senders at once, and waits until
// the ledger has it once.
func requireOnce(t *testing.T, dsn string, senders []sender) {
	t.Helper()
	analyses := 60
	if *long {
		analyses = 2000
	}
	l := newLoad(11, analyses)
	require.NoError(t, deliverAll(t.Context(), senders, l.shuffled(2, 80), func() {}))
	requireLedger(t, openSQL(t, dsn), l.books)
}
