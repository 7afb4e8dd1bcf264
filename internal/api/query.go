// SPDX-License-Identifier: Apache-2.0

package api

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/ledger"
)

// maxLimit is the most rows of one answer.
const maxLimit = 1000

func parseList(raw string) (ledger.ListQuery, error) {
	values, err := parseQuery(raw, "limit", "since", "subject", "tenant_id", "until", "user_id")
	if err != nil {
		return ledger.ListQuery{}, err
	}
	query := ledger.ListQuery{
		Subject: values.Get("subject"), UserID: values.Get("user_id"), TenantID: values.Get("tenant_id"),
	}
	if query.Limit, err = parseLimit(values, ledger.DefaultListLimit); err != nil {
		return ledger.ListQuery{}, err
	}
	if query.Since, err = parseTime(values, "since"); err != nil {
		return ledger.ListQuery{}, err
	}
	if query.Until, err = parseTime(values, "until"); err != nil {
		return ledger.ListQuery{}, err
	}
	if !query.Until.IsZero() && query.Until.Before(query.Since) {
		return ledger.ListQuery{}, errors.New(`parameter "until" is before "since"`)
	}
	return query, nil
}

func parseCalls(analysisID, raw string) (ledger.CallsQuery, error) {
	values, err := parseQuery(raw, "limit")
	if err != nil {
		return ledger.CallsQuery{}, err
	}
	limit, err := parseLimit(values, ledger.DefaultCallsLimit)
	return ledger.CallsQuery{AnalysisID: analysisID, Limit: limit}, err
}

// parseQuery reads a query string with parameters of the given names. It
// refuses those that would do nothing, or not what was meant: a filter that is
// spelled wrongly or left empty would answer with too much.
func parseQuery(raw string, names ...string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, errors.New(`the query string cannot be read; write it as "name=value", joined by "&", ` +
			"other characters than letters and digits as %XX")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch given := values[name]; {
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("parameter %.60q is not known; %s", name, known(names))
		case len(given) > 1:
			return nil, fmt.Errorf("parameter %q is there %d times; give it once", name, len(given))
		case given[0] == "":
			return nil, fmt.Errorf("parameter %q is empty; give it a value or leave it out", name)
		}
	}
	return values, nil
}

func known(names []string) string {
	if len(names) == 0 {
		return "this resource takes none"
	}
	return "known are " + strings.Join(names, ", ")
}

func parseLimit(values url.Values, otherwise int) (int, error) {
	text := values.Get("limit")
	if text == "" {
		return otherwise, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, fmt.Errorf("parameter %q is %.60q; want a number from 1 to %d", "limit", text, maxLimit)
	}
	return limit, nil
}

func parseTime(values url.Values, name string) (time.Time, error) {
	text := values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("parameter %q is %.60q; want a time such as 2026-03-01T09:00:00Z", name, text)
	}
	return at, nil
}
