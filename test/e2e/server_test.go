// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// repositoryConfig returns the path of the configuration that users copy.
func repositoryConfig(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../collector-config.yaml")
	require.NoError(t, err)
	return path
}

// collector is spanledger collector with the repository's configuration.
type collector struct {
	*process

	config                    string
	environment, more         []string // what it is told beside the configuration
	grpc, http                string   // where it takes OTLP
	health, prometheus, queue string
	telemetry                 string // where its own metrics are
	fileLimit                 int    // of its files, in KiB; 0 for none
}

// newCollector returns a Collector that keeps the ledger at the DSN and queues
// to a disk, and is not running yet.
func newCollector(t *testing.T, dsn string, environment ...string) *collector {
	t.Helper()
	telemetry := freeAddress(t)
	_, telemetryPort, err := net.SplitHostPort(telemetry)
	require.NoError(t, err)
	c := &collector{
		grpc: freeAddress(t), http: freeAddress(t), health: freeAddress(t), prometheus: freeAddress(t),
		queue: t.TempDir(), telemetry: telemetry, config: repositoryConfig(t),
	}
	c.environment = append([]string{
		"SPANLEDGER_DSN=" + dsn,
		"SPANLEDGER_QUEUE_DIR=" + c.queue,
		"SPANLEDGER_OTLP_GRPC=" + c.grpc,
		"SPANLEDGER_OTLP_HTTP=" + c.http,
		"SPANLEDGER_HEALTH_ENDPOINT=" + c.health,
		"SPANLEDGER_PROMETHEUS_ENDPOINT=" + c.prometheus,
		"SPANLEDGER_TELEMETRY_PORT=" + telemetryPort,
		"SPANLEDGER_JAEGER_ENDPOINT=" + freeAddress(t), // nobody is there
	}, environment...)
	return c
}

// startCollector returns one that takes spans.
func startCollector(t *testing.T, dsn string, environment ...string) *collector {
	t.Helper()
	c := newCollector(t, dsn, environment...)
	c.start(t)
	return c
}

// start runs the Collector, again where it ran before, with the same queue.
func (c *collector) start(t *testing.T) {
	t.Helper()
	c.launch(t)
	c.await(t, "the Collector's health", func() error {
		_, err := get(t.Context(), "http://"+c.health)
		return err
	})
}

// launch runs the Collector, and does not wait for it.
func (c *collector) launch(t *testing.T) {
	t.Helper()
	args := append([]string{"collector", "--config", c.config}, c.more...)
	c.process = startLimited(t, c.fileLimit, c.environment, args...)
}

// server is spanledger serve.
type server struct {
	*process

	dsn        string
	grpc, http string // where it takes OTLP
	url        string // of the API and the pages
}

var servedAt = regexp.MustCompile(`Ledger at (http://[0-9.:]+)\.`)

// startServer returns one that takes spans and serves what it knows.
func startServer(t *testing.T, dsn string) *server {
	t.Helper()
	s := &server{dsn: dsn, grpc: freeAddress(t), http: freeAddress(t)}
	s.start(t)
	return s
}

// start runs the server, again where it ran before.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = start(t, []string{"SPANLEDGER_DSN=" + s.dsn},
		"serve", "--http", "127.0.0.1:0", "--otlp-grpc", s.grpc, "--otlp-http", s.http)
	s.await(t, "the server's address", s.says("Ledger at "))
	found := servedAt.FindStringSubmatch(s.stderr.String())
	require.Len(t, found, 2, "the address is missing: %s", s.stderr.String())
	s.url = found[1]
}

// get returns the body of an answer, or an error for any status but 200.
func get(ctx context.Context, url string) ([]byte, error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, response.Status, body)
	}
	return body, err
}
