// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"crypto/rand"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exit codes that scripts rely on.
const (
	exitNo       = 1
	exitWrongUse = 2
)

// mistake is a call of the command that cannot work.
type mistake struct {
	name        string
	environment []string
	args        []string
	code        int
	says        []string // what is wrong, and what to do
}

// unreachable is a Postgres that is not there.
const unreachable = "postgres://ledger:" + password + "@127.0.0.1:1/ledger"

func TestMistakes_DSN(t *testing.T) {
	t.Parallel()
	noServer := []string{"127.0.0.1:1", "no server answers", "check host and port of the DSN"}
	badForm := []string{"DSN", "want postgres://USER:PASSWORD@HOST:5432/DATABASE"}
	runAll(t, []mistake{
		{name: "NoServer/list", args: []string{"list", "--dsn", unreachable}, code: exitNo, says: noServer},
		{
			name: "NoServer/migrate", environment: []string{"SPANLEDGER_DSN=" + unreachable},
			args: []string{"migrate"}, code: exitNo, says: noServer,
		},
		{name: "NoServer/serve", args: serve(t, "--dsn", unreachable), code: exitNo, says: noServer},
		{name: "NoServer/demo", args: []string{"demo", "--once", "--dsn", unreachable}, code: exitNo, says: noServer},
		{
			name: "OtherDatabase", args: []string{"list", "--dsn", "mysql://u:" + password + "@h/db"},
			code: exitNo, says: badForm,
		},
		{
			name: "KeysAndValues", args: []string{"list", "--dsn", "host=h password=" + password},
			code: exitNo, says: badForm,
		},
		{
			name: "BadPort", args: serve(t, "--dsn", "postgres://u:"+password+"@h:none/db"),
			code: exitNo, says: []string{"DSN", "want postgres://USER:PASSWORD@HOST:5432/DATABASE"},
		},
		{
			name: "NoFile", args: []string{"list", "--dsn", "sqlite:none.db"},
			code: exitNo, says: []string{"none.db", "there is no such file", "name the one that holds the ledger"},
		},
		{
			name: "NoDirectory", args: serve(t, "--dsn", "sqlite:none/ledger.db"),
			code: exitNo, says: []string{"there is no directory none", "create it or name another file"},
		},
		{
			name: "DSNInTheWrongPlace", args: []string{"summary", "id", unreachable},
			code: exitWrongUse, says: []string{"unexpected argument", "it may hold a password"},
		},
		{
			name: "NoSuchAnalysis", environment: []string{"SPANLEDGER_DSN=" + migrated(t, newSQLite(t))},
			args: []string{"summary", "nobody", "--json"}, code: exitNo,
			says: []string{`"nobody"`, "no such analysis", "spanledger list"},
		},
	})
}

func TestMistakes_Use(t *testing.T) {
	t.Parallel()
	runAll(t, []mistake{
		{name: "Command", args: []string{"lst"}, code: exitWrongUse, says: []string{`unknown command "lst"`, "list"}},
		{name: "Flag", args: []string{"list", "--jsn"}, code: exitWrongUse, says: []string{`unknown flag "--jsn"`}},
		{name: "MissingID", args: []string{"summary"}, code: exitWrongUse, says: []string{"missing the analysis ID"}},
		{
			name: "Argument",
			args: []string{"demo", "now"},
			code: exitWrongUse,
			says: []string{`unexpected argument "now"`},
		},
		{name: "JSONOfADemo", args: []string{"demo", "--json"}, code: exitWrongUse, says: []string{"--json", "--once"}},
		{
			name: "Exposed", args: []string{"serve", "--http", "0.0.0.0:0"},
			code: exitWrongUse, says: []string{"0.0.0.0", "only loopback addresses"},
		},
		{name: "NoConfig", args: []string{"collector"}, code: exitWrongUse, says: []string{"missing --config FILE"}},
		{
			name: "CollectorCommand", args: []string{"collector", "nonsense"},
			code: exitWrongUse, says: []string{`unknown command "nonsense"`},
		},
		{
			name: "CollectorFlag", args: []string{"collector", "--config", repositoryConfig(t), "--nonsense"},
			code: exitWrongUse, says: []string{"unknown flag", "--nonsense"},
		},
	})
}

func TestMistakes_Port(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", freeAddress(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	busy := listener.Addr().String()
	inUse := []string{busy, "address already in use"}
	collecting := newCollector(t, newSQLite(t))
	runAll(t, []mistake{
		{name: "HTTP", args: serve(t, "--http", busy), code: exitNo, says: append(inUse, "--http")},
		{name: "OTLPOverGRPC", args: serve(t, "--otlp-grpc", busy), code: exitNo, says: append(inUse, "--otlp-grpc")},
		{name: "OTLPOverHTTP", args: serve(t, "--otlp-http", busy), code: exitNo, says: append(inUse, "--otlp-http")},
		{name: "Demo", args: []string{"demo", "--http", busy}, code: exitNo, says: append(inUse, "--http")},
		{
			name:        "Collector",
			environment: append(collecting.environment, "SPANLEDGER_OTLP_GRPC="+busy),
			args: []string{
				"collector",
				"--config",
				repositoryConfig(t),
			},
			code: exitNo,
			says: append(inUse, "choose another endpoint"),
		},
	})
}

func TestMistakes_Config(t *testing.T) {
	t.Parallel()
	collecting := newCollector(t, newSQLite(t))
	config := func(name string, args []string, says ...string) mistake {
		return mistake{
			name: name, environment: collecting.environment, args: append([]string{"collector"}, args...),
			code: exitNo, says: says,
		}
	}
	runAll(t, []mistake{
		config("Missing", []string{"--config", "none.yaml"}, "none.yaml", "no such file"),
		config("Directory", []string{"--config", t.TempDir()}, "unable to read the file", "is a directory"),
		config("NoYAML", []string{"--config", written(t, "a: [")}, "not valid YAML", "line 1"),
		config("Empty", []string{"--config", written(t, "")}, "empty configuration"),
		config("UnknownExporter", []string{"--config", written(t, "exporters: {nonsense: {}}")},
			"exporters", `unknown type: "nonsense"`, "valid values", "spanledger"),
		config("UnknownKey", []string{"--config", repositoryConfig(t), "--set=exporters.spanledger.schma=x"},
			"spanledger", "invalid keys: schma"),
		config("BadValue", []string{"--config", repositoryConfig(t), "--set=exporters.spanledger.schema=Up-er"},
			"exporters::spanledger", "schema", "lower-case letters"),
		config("PriceList", []string{"--config", repositoryConfig(t), "--set=exporters.spanledger.prices.file=no.json"},
			"prices::file", "no.json"),
	})
}

// TestMistakes_NewerLedger opens a ledger that a later program has migrated.
func TestMistakes_NewerLedger(t *testing.T) {
	t.Parallel()
	onEachLedger(t, func(t *testing.T, dsn string) {
		makeNewer(t, migrated(t, dsn))
		newer := []string{"version 99", "this program knows", "spanledger"}
		runAll(t, []mistake{
			{name: "list", args: []string{"list", "--dsn", dsn}, code: exitNo, says: newer},
			{name: "migrate", args: []string{"migrate", "--dsn", dsn}, code: exitNo, says: newer},
			{name: "serve", args: serve(t, "--dsn", dsn), code: exitNo, says: newer},
			{
				name: "collector", environment: newCollector(t, dsn).environment,
				args: []string{"collector", "--config", repositoryConfig(t)}, code: exitNo, says: newer,
			},
		})
	})
}

// TestMistakes_Schema starts Collectors that may not create the schema, or
// cannot, or lack a privilege.
func TestMistakes_Schema(t *testing.T) {
	t.Parallel()
	empty, old, ready := newPostgres(t), migrated(t, newPostgres(t)), migrated(t, newPostgres(t))
	execute(t, "pgx", old, `DELETE FROM spanledger.ledger_migration WHERE version > 1`)
	role := "nobody_" + strings.ToLower(rand.Text()[:12])
	execute(t, "pgx", ready, "CREATE ROLE "+role+" LOGIN")
	t.Cleanup(func() { execute(t, "pgx", ready, "DROP ROLE "+role) })
	noPrivilege := []string{"the user lacks a privilege", "has to grant it"}
	collect := func(name, dsn string, says []string, more ...string) mistake {
		return mistake{
			name: name, environment: newCollector(t, dsn).environment,
			args: append([]string{"collector", "--config", repositoryConfig(t)}, more...),
			code: exitNo, says: says,
		}
	}
	const use = "--set=exporters.spanledger.create_schema=false"
	runAll(t, []mistake{
		collect(
			"Missing",
			empty,
			[]string{`there is no ledger in schema "spanledger"`, "run: spanledger migrate"},
			use,
		),
		collect("Older", old, []string{"has version 1, this program needs", "run: spanledger migrate"}, use),
		collect("OlderAndNotTheOwner", asRole(t, old, role), noPrivilege),
		collect("MayNotCreate", asRole(t, empty, role), noPrivilege),
		collect("MayNotUse", asRole(t, ready, role), noPrivilege),
		collect("NoSuchRole", asRole(t, ready, "who_"+role), []string{"the server refused the user", "check the DSN"}),
		{
			name: "list",
			args: []string{"list", "--dsn", empty},
			code: exitNo,
			says: []string{"there is no ledger", "migrate"},
		},
	})
}

func asRole(t *testing.T, dsn, role string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword(role, password)
	return u.String()
}

func makeNewer(t *testing.T, dsn string) {
	t.Helper()
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		execute(t, "sqlite", path, `INSERT INTO ledger_migration VALUES (99, 0)`)
		return
	}
	execute(t, "pgx", dsn, `INSERT INTO spanledger.ledger_migration VALUES (99, 'from_the_future', now())`)
}

// migrated creates the ledger, and returns its DSN.
func migrated(t *testing.T, dsn string) string {
	t.Helper()
	p := start(t, []string{"SPANLEDGER_DSN=" + dsn}, "migrate")
	require.Zero(t, p.wait(t), p.report())
	return dsn
}

// serve returns the arguments of a server whose addresses are free, but for
// those that are given.
func serve(t *testing.T, args ...string) []string {
	t.Helper()
	return append([]string{
		"serve", "--dsn", newSQLite(t), "--http", "127.0.0.1:0",
		"--otlp-grpc", freeAddress(t), "--otlp-http", freeAddress(t),
	}, args...)
}

func written(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func runAll(t *testing.T, mistakes []mistake) {
	t.Helper()
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			m.run(t)
		})
	}
}

// run expects the one line, and after wrong use one more that says where to
// read on.
func (m *mistake) run(t *testing.T) {
	t.Helper()
	p := start(t, m.environment, m.args...)
	require.Equal(t, m.code, p.wait(t), p.report())
	require.Empty(t, p.stdout.String())
	lines := strings.Split(strings.TrimSuffix(p.stderr.String(), "\n"), "\n")
	if m.args[0] == "collector" {
		lines = withoutLog(lines)
	}
	require.Len(t, lines, m.code, p.report())
	require.True(t, strings.HasPrefix(lines[0], "spanledger: "), lines[0])
	for _, text := range m.says {
		require.Contains(t, lines[0], text)
	}
	if m.code == exitWrongUse {
		require.Contains(t, lines[1], "--help' for how it is used.")
	}
}

// withoutLog leaves the lines that start with no time.
func withoutLog(lines []string) []string {
	var rest []string
	for _, line := range lines {
		if line == "" || line[0] < '0' || line[0] > '9' {
			rest = append(rest, line)
		}
	}
	return rest
}
