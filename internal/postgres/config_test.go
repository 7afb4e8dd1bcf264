// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"testing"

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
		config := Config{DSN: c.dsn, Schema: c.schema, MaxConns: 3}
		pool, schema, err := config.pool()
		require.NoError(t, err)
		require.Equal(t, c.want, schema, c.dsn)
		require.NotContains(t, pool.ConnConfig.RuntimeParams, "search_path", "a pooler may refuse it")
		require.Equal(t, int32(3), pool.MaxConns)
	}
}
