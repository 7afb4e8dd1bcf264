// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
)

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
