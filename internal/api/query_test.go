// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
)

func TestList_Parameters(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query string
		want  ledger.ListQuery
	}{
		"Filters": {
			"?subject=A%26B&user_id=u-7&tenant_id=acme+inc&limit=1000",
			ledger.ListQuery{Limit: 1000, Subject: "A&B", UserID: "u-7", TenantID: "acme inc"},
		},
		"Times": {
			"?since=2026-03-01T09:00:00Z&until=2026-03-01T12:00:00%2B02:00",
			ledger.ListQuery{Limit: 50, Since: started, Until: started.Add(time.Hour)},
		},
		"NoTimeBetween": {
			"?since=2026-03-01T09:00:00Z&until=2026-03-01T09:00:00Z",
			ledger.ListQuery{Limit: 50, Since: started, Until: started},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			require.Equal(t, http.StatusOK, get(t, m, "/api/v1/analyses"+c.query).Code)
			m.listed.Since, m.listed.Until = m.listed.Since.UTC(), m.listed.Until.UTC()
			require.Equal(t, c.want, m.listed)
		})
	}
}

func TestCalls_Limit(t *testing.T) {
	t.Parallel()
	m := ledgerOf(t, "a")
	require.Equal(t, http.StatusOK, get(t, m, "/api/v1/analyses/a/calls?limit=7").Code)
	require.Equal(t, ledger.CallsQuery{AnalysisID: "a", Limit: 7}, m.called)
}

func TestHandler_WrongParameters(t *testing.T) {
	t.Parallel()
	const (
		badLimit = "; want a number from 1 to 1000"
		badTime  = "; want a time such as 2026-03-01T09:00:00Z"
	)
	for name, c := range map[string]struct{ target, want string }{
		"Unknown": {
			"?user=u-7", `parameter "user" is not known; known are limit, since, subject, tenant_id, until, user_id`,
		},
		"FirstOfTwoUnknown": {"?zz=1&aa=2&limit=3", `parameter "aa" is not known; known are`},
		"UnknownOfCalls":    {"/a/calls?subject=x", `parameter "subject" is not known; known are limit`},
		"UnknownOfSummary":  {"/a?details=0", `parameter "details" is not known; this resource takes none`},
		"Twice":             {"?limit=1&limit=2", `parameter "limit" is there 2 times; give it once`},
		"Empty":             {"?user_id=", `parameter "user_id" is empty; give it a value or leave it out`},
		"NoValue":           {"?since", `parameter "since" is empty`},
		"LimitZero":         {"?limit=0", `parameter "limit" is "0"` + badLimit},
		"LimitNegative":     {"/a/calls?limit=-1", `parameter "limit" is "-1"` + badLimit},
		"LimitTooBig":       {"?limit=1001", `parameter "limit" is "1001"` + badLimit},
		"LimitText":         {"?limit=all", `parameter "limit" is "all"` + badLimit},
		"LimitOverflow":     {"?limit=99999999999999999999", `parameter "limit" is "99999999999999999999"` + badLimit},
		"Since":             {"?since=24h", `parameter "since" is "24h"` + badTime},
		"SinceWithPlus":     {"?since=2026-03-01T09:00:00+01:00", `parameter "since" is "2026-03-01T09:00:00 01:00"` + badTime},
		"Until":             {"?until=2026-02-30T00:00:00Z", `parameter "until" is "2026-02-30T00:00:00Z"` + badTime},
		"UntilBeforeSince": {
			"?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", `parameter "until" is before "since"`,
		},
		"BadEscape": {"?limit=%zz", "the query string cannot be read"},
		"Semicolon": {"?limit=1;subject=x", "the query string cannot be read"},
		"Hostile":   {"?%1b%5b31m=1", `parameter "\x1b[31m" is not known`},
		"Long":      {"?" + strings.Repeat("x", 10_000), `parameter "` + strings.Repeat("x", 60) + `" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			detail := requireProblem(t, http.StatusBadRequest, get(t, ledgerOf(t, "a"), "/api/v1/analyses"+c.target))
			require.Contains(t, detail, c.want)
			require.Less(t, len(detail), 250)
		})
	}
}
