// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

// TestCopyReader reads a COPY of many chunks in pieces of every kind.
func TestCopyReader(t *testing.T) {
	t.Parallel()
	rows := newDelivery(
		&ledger.Batch{Calls: ledgertest.Calls(1, 500, ledgertest.Shape{Hostile: true})},
		time.Now(),
	).rows
	for _, n := range []int{0, 1, 500} {
		want := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
		for _, r := range rows[:n] {
			want = callTable.appendCopy(want, r)
		}
		want = append(want, 0xFF, 0xFF)
		require.NoError(t, iotest.TestReader(newCopyReader(callTable, rows[:n]), want))
		got, err := io.ReadAll(iotest.HalfReader(newCopyReader(callTable, rows[:n])))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestFinishReasons(t *testing.T) {
	t.Parallel()
	for want, reasons := range map[string][]string{
		`["stop"]`:                   {"stop"},
		`["STOP","tool_calls-2"]`:    {"STOP", "tool_calls-2"},
		`["a\"b"]`:                   {`a"b`},
		`["ok","\u003c\\"]`:          {"ok", `<\`},
		"[\"\u00EB\",\"\",\"stop\"]": {"\u00EB", "", "stop"},
	} {
		r := newDelivery(&ledger.Batch{Calls: ledgertest.Calls(1, 1, ledgertest.Shape{})}, time.Now()).rows[0]
		call := *r.Call
		call.FinishReasons = reasons
		require.Equal(t, want, string(unframe(writeFinishReasons(nil, &row{Call: &call}))))
	}
}
