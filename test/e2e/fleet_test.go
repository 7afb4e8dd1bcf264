// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
	"github.com/spanledger/spanledger/internal/postgres"
)

// ledgerOnly is the repository's configuration without Jaeger and Prometheus,
// and with short waits between tries.
const ledgerOnly = `
extensions:
  file_storage:
    directory: ${env:SPANLEDGER_QUEUE_DIR}
    create_directory: true
    fsync: true
  health_check: {endpoint: "${env:SPANLEDGER_HEALTH_ENDPOINT}"}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "${env:SPANLEDGER_OTLP_GRPC}", max_recv_msg_size_mib: 16}
      http: {endpoint: "${env:SPANLEDGER_OTLP_HTTP}"}
exporters:
  spanledger:
    dsn: ${env:SPANLEDGER_DSN}
    sending_queue:
      storage: file_storage
      queue_size: 2000000
      block_on_overflow: true
    retry_on_failure: {initial_interval: 50ms, max_interval: 500ms, max_elapsed_time: 0}
service:
  extensions: [file_storage, health_check]
  telemetry:
    logs: {level: error, disable_stacktrace: true}
    metrics:
      readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: "${env:SPANLEDGER_TELEMETRY_PORT}"}}}}]
  pipelines:
    traces: {receivers: [otlp], exporters: [spanledger]}
`

// fleet is several Collectors that keep one ledger, on a cluster of their own.
type fleet struct {
	cluster    *pgtest.Cluster
	dsn        string // of the database, not through a cutter
	cutters    []*cutter
	collectors []*collector
}

// newFleet starts them.
func newFleet(t *testing.T, collectors int, options pgtest.Options) *fleet {
	t.Helper()
	options.Settings = append(options.Settings, "log_lock_waits = on", "deadlock_timeout = '200ms'")
	cluster, err := pgtest.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Stop()) })
	execute(t, "pgx", cluster.DSN(), "CREATE DATABASE ledger")
	f := &fleet{cluster: cluster, dsn: strings.Replace(cluster.DSN(), "/postgres?", "/ledger?", 1)}
	config := written(t, ledgerOnly)
	for range collectors {
		f.add(t, config).start(t)
	}
	return f
}

// add adds a Collector that is not running yet.
func (f *fleet) add(t *testing.T, config string) *collector {
	t.Helper()
	cut, through := newCutter(t, f.dsn)
	c := newCollector(t, through+"&lock_timeout=300ms&statement_timeout=5s")
	c.config = config
	f.cutters, f.collectors = append(f.cutters, cut), append(f.collectors, c)
	return c
}

func (f *fleet) senders(t *testing.T) (all []sender) {
	t.Helper()
	for _, c := range f.collectors {
		all = append(all, each(t, 1, c.grpc, c.http)...)
	}
	return all
}

// restart kills one of the Collectors and starts it again, whether the
// database is there or not.
func (f *fleet) restart(t *testing.T, rng *rand.Rand) {
	t.Helper()
	c := f.collectors[rng.IntN(len(f.collectors))]
	c.kill()
	c.start(t)
}

// requireReconcile has the command prove the sums, and end with the exit code.
func (f *fleet) requireReconcile(t *testing.T, code int) {
	t.Helper()
	p := start(t, []string{"SPANLEDGER_DSN=" + f.dsn}, "reconcile")
	require.Equal(t, code, p.wait(t), p.report())
}

// query runs a statement as psql would.
func (f *fleet) query(t *testing.T, statement string) (columns []string, rows [][]*string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), withSearchPath(t, f.dsn))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	results, err := conn.PgConn().Exec(t.Context(), statement).ReadAll()
	require.NoError(t, err)
	for _, field := range results[0].FieldDescriptions {
		columns = append(columns, field.Name)
	}
	for _, values := range results[0].Rows {
		row := make([]*string, len(values))
		for i, value := range values {
			if value != nil {
				text := string(value)
				row[i] = &text
			}
		}
		rows = append(rows, row)
	}
	return columns, rows
}

// check holds all that the ledger says against the load: every column of every
// row of the views, and the Reader.
func (f *fleet) check(t *testing.T, l *mixedLoad) error {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Config{DSN: f.dsn})
	require.NoError(t, err)
	defer store.Close()
	truth := ledgertest.Truth(t, l.calls, l.closed...)
	for id := range truth {
		require.Equal(t, analysis.Complete, truth[id].Completeness)
	}
	return errors.Join(
		ledgertest.CheckViews(t, f.query, l.calls, truth),
		ledgertest.CheckTruth(t, store, truth, append([]string{"analysis_000000", "analysis_000007"}, l.large...)...),
	)
}

// awaitFolded waits until nothing is left to fold.
func (f *fleet) awaitFolded(t *testing.T, l *mixedLoad) {
	t.Helper()
	db := openSQL(t, f.dsn)
	eventually(t, "all calls in the ledger, and no span in a queue", func() error {
		var calls, closed int
		err := db.QueryRowContext(t.Context(),
			`SELECT (SELECT count(*) FROM call), (SELECT count(*) FROM ledger_closed)`).Scan(&calls, &closed)
		if err == nil && (calls < len(l.calls) || closed < len(l.closed)) {
			err = fmt.Errorf("%d of %d calls, %d of %d ends", calls, len(l.calls), closed, len(l.closed))
		}
		for _, c := range f.collectors {
			if n := c.metrics(t)["otelcol_exporter_queue_size"]; n > 0 {
				err = errors.Join(err, fmt.Errorf("%v in a queue", n))
			}
		}
		return err
	})
}

var metricLine = regexp.MustCompile(`(?m)^(\w+?)(?:_total)?\{([^}]*)\} (\S+)$`)

// metrics returns the sums of the Collector's own metrics by their names.
func (c *collector) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	page, err := get(t.Context(), "http://"+c.telemetry+"/metrics")
	require.NoError(t, err)
	sums := map[string]float64{}
	for _, line := range metricLine.FindAllStringSubmatch(string(page), -1) {
		value, err := strconv.ParseFloat(line[3], 64)
		require.NoError(t, err)
		sums[line[1]] += value
	}
	return sums
}

// requireBalance: what came in is what became of it, and nothing is lost.
func (c *collector) requireBalance(t *testing.T) {
	t.Helper()
	const prefix = "spanledger_exporter_"
	m := c.metrics(t)
	require.InDelta(t, m[prefix+"received_spans"],
		m[prefix+"ignored_spans"]+m[prefix+"dropped_spans"]+m[prefix+"closed_analyses"]+m[prefix+"calls"], 0)
	require.Zero(t, m[prefix+"dropped_spans"])
	require.Zero(t, m[prefix+"conflicting_calls"])
	require.Zero(t, m["otelcol_exporter_send_failed_spans"])
}
