// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/internal/store"
)

// secret stands for a password in DSNs; no error and no redacted text may
// hold it.
const secret = "s3cr3t"

func TestOpen_EachStore(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(t *testing.T) string{
		"SQLite": func(t *testing.T) string {
			t.Helper()
			return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
		},
		"Postgres": func(t *testing.T) string { t.Helper(); return pgtest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := store.Config{DSN: dsn(t)}
			_, err := store.Open(t.Context(), config)
			require.Error(t, err, "there is no ledger yet")
			require.NoError(t, store.Migrate(t.Context(), config))
			require.NoError(t, store.Migrate(t.Context(), config))

			s, err := store.Open(t.Context(), config)
			require.NoError(t, err)
			defer s.Close()
			calls := ledgertest.Calls(1, 30, ledgertest.Shape{})
			outcome, err := s.Fold(t.Context(), &ledger.Batch{Calls: calls})
			require.NoError(t, err)
			require.Equal(t, ledger.Outcome{Folded: 30}, outcome)
			ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
		})
	}
}

func TestOpen_FailureIsNoStore(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"nonsense", "sqlite:no/such/directory/ledger.db", "postgres://u:" + secret + "@127.0.0.1:1/x"} {
		s, err := store.Open(t.Context(), store.Config{DSN: dsn, CreateSchema: true})
		require.Error(t, err, dsn)
		require.Nil(t, s)
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		store.DefaultDSN:                          "",
		"sqlite:/var/lib/spanledger/ledger.db":    "",
		"sqlite:///var/lib/ledger.db":             "",
		"sqlite:C:/ledger.db":                     "",
		"postgres://u:p@db.example:5432/ledger":   "",
		"postgresql://u@/ledger?host=/run/socket": "",
		"postgres://u:p@db/x?search_path=mine":    "",

		"":                                      "want postgres://USER:PASSWORD@HOST:5432/DATABASE or sqlite:PATH",
		secret:                                  "want postgres://USER:PASSWORD@HOST:5432/DATABASE or sqlite:PATH",
		"mysql://u:" + secret + "@db/x":         "want postgres://USER:PASSWORD@HOST:5432/DATABASE or sqlite:PATH",
		"host=db password=" + secret:            "want postgres://USER:PASSWORD@HOST:5432/DATABASE or sqlite:PATH",
		"sqlite:":                               "names no file",
		"sqlite::memory:":                       "names no file",
		"sqlite://ledger.db":                    "without the slashes",
		"sqlite:ledger.db?mode=" + secret:       "takes no parameters",
		"postgres:" + secret:                    "not a URL of Postgres",
		"postgres://u:" + secret + "%zz@db/x":   "percent-encoded",
		"postgres://u:" + secret + "@db:port/x": "percent-encoded",
		"postgres://u:" + secret + "@db/x?sslmode=" + secret: "Postgres",
	} {
		err := store.Validate(dsn)
		if want == "" {
			require.NoError(t, err, dsn)
			continue
		}
		require.ErrorContains(t, err, want, dsn)
		require.NotContains(t, err.Error(), secret)
		require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"sqlite:ledger.db":                                         "sqlite:ledger.db",
		"postgres://u:" + secret + "@db:5432/x":                    "postgres://u@db:5432/x",
		"postgres://db/x?user=u&password=" + secret:                "postgres://db/x",
		"postgresql://u:" + secret + "@db/x?sslpassword=" + secret: "postgresql://u@db/x",
		"postgres://u:" + secret + "%zz@db/x":                      "(not a DSN)",
		"mysql://u:" + secret + "@db/x":                            "(not a DSN)",
		secret:                                                     "(not a DSN)",
		"":                                                         "(not a DSN)",
	} {
		require.Equal(t, want, store.Redact(dsn))
	}
}

func ExampleRedact() {
	fmt.Println(store.Redact("postgres://ledger:s3cr3t@db.example:5432/calls?sslmode=require"))
	// Output: postgres://ledger@db.example:5432/calls
}
