// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"bufio"
	"context"
	_ "embed" // the supervisor's script
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed supervise.sh
var superviseScript string

// Options say what a private cluster is for. The zero value suits tests.
type Options struct {
	// Durable keeps fsync on, as benchmarks want it. Tests lose nothing
	// without.
	Durable bool
	// Language is the order of text: "en-US". Defaults to the order of bytes.
	Language string
}

// Cluster is a private Postgres server.
type Cluster struct {
	dir        string
	lifeline   io.Closer
	supervisor *exec.Cmd
}

// Start makes a cluster and waits until it answers. It costs about a second.
// The cluster lives until Stop, or until the process ends, whatever becomes
// of ctx.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "spanledger-pg-")
	if err != nil {
		return nil, fmt.Errorf("make cluster directory: %w", err)
	}
	c := &Cluster{dir: dir}
	if err := c.start(ctx, bin, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, bin string, options Options) error {
	settings := filepath.Join(c.dir, "settings.conf")
	if err := os.WriteFile(settings, []byte(c.settings(options)), 0o600); err != nil {
		return fmt.Errorf("write cluster settings: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // a killed supervisor could not clean up
	script := []string{"-c", superviseScript, "sh", c.dir, bin, options.Language}
	c.supervisor = exec.CommandContext(ctx, "/bin/sh", script...) //nolint:gosec // our own script and paths
	c.supervisor.Dir = "/"
	if err := runUnprivileged(c.supervisor, c.dir, settings); err != nil {
		return err
	}
	ready, err := c.launch()
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	defer ready.Close()
	return c.awaitReady(ready)
}

// launch starts the supervisor with plain files for its standard input and
// output, which take no goroutine to serve.
func (c *Cluster) launch() (ready *os.File, err error) {
	childInput, lifeline, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer childInput.Close()
	ready, childOutput, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, lifeline.Close())
	}
	defer childOutput.Close()
	c.supervisor.Stdin, c.supervisor.Stdout = childInput, childOutput
	if err := c.supervisor.Start(); err != nil {
		return nil, errors.Join(err, lifeline.Close(), ready.Close())
	}
	c.lifeline = lifeline
	return ready, nil
}

func (c *Cluster) awaitReady(output io.Reader) error {
	reader := bufio.NewReader(output)
	first, err := reader.ReadString('\n')
	if err == nil && first == "ready\n" {
		return nil
	}
	rest, err := io.ReadAll(reader)
	return fmt.Errorf("start a private Postgres: %w", errors.Join(err, c.Stop(), errors.New(first+string(rest))))
}

func (c *Cluster) settings(options Options) string {
	lines := []string{
		"listen_addresses = ''",
		fmt.Sprintf("unix_socket_directories = '%s'", strings.ReplaceAll(c.dir, "'", "''")),
		"max_connections = 200",
		"logging_collector = off",
	}
	if !options.Durable {
		lines = append(lines, "fsync = off", "full_page_writes = off")
	}
	return strings.Join(lines, "\n") + "\n"
}

// DSN returns a connection string for the superuser of the cluster.
func (c *Cluster) DSN() string {
	query := url.Values{"host": {c.dir}}
	return "postgres://postgres@/postgres?" + query.Encode()
}

// Stop ends the server and removes its files.
func (c *Cluster) Stop() error {
	return errors.Join(c.lifeline.Close(), c.supervisor.Wait())
}
