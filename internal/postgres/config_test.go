// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfig_Schema(t *testing.T) {
	t.Parallel()
	const server = "postgres://u@localhost/db"
	for _, c := range []struct{ dsn, schema, want string }{
		{server, "", DefaultSchema},
		{server, "mine", "mine"},
		{server + "?search_path=theirs", "", "theirs"},
		{server + "?search_path=theirs", "mine", "mine"},
		{server + `?search_path=%22Theirs%22,%20public`, "", "Theirs"},
		{server + "?search_path=", "", DefaultSchema},
		{"host=localhost user=u search_path=theirs", "", "theirs"},
	} {
		config := Config{DSN: c.dsn, Schema: c.schema}
		pool, schema, err := config.pool()
		require.NoError(t, err)
		require.Equal(t, c.want, schema, c.dsn)
		require.NotContains(t, pool.ConnConfig.RuntimeParams, "search_path", "a pooler may refuse it")
	}
}

func TestConfig_Pool(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]time.Duration{
		"postgres://u@localhost/db?client_encoding=LATIN1": connectTimeout,
		"postgres://u@localhost/db?connect_timeout=3":      3 * time.Second,
	} {
		config := Config{DSN: dsn}
		pool, _, err := config.pool()
		require.NoError(t, err)
		require.Equal(t, want, pool.ConnConfig.ConnectTimeout)
		require.Equal(t, "UTF8", pool.ConnConfig.RuntimeParams["client_encoding"])
	}
}
