// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"context"
	_ "embed" // the supervisor's script
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	// Port has the server listen on 127.0.0.1 too. Defaults to the socket
	// alone.
	Port int
	// Settings are further lines of postgresql.conf.
	Settings []string
	// Access is lines of pg_hba.conf that hold before its own, which let
	// everybody in.
	Access []string
	// Files are what Settings may name as "../NAME". Only the server can read
	// them.
	Files map[string][]byte
	// Primary makes the cluster a standby that follows this one. Defaults to
	// a cluster of its own.
	Primary *Cluster
}

// Cluster is a private Postgres server.
type Cluster struct {
	supervised

	dir, bin string
	port     int
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
	c := &Cluster{dir: dir, bin: bin, port: options.Port}
	if err := c.start(ctx, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, options Options) error {
	paths, err := c.writeFiles(&options)
	if err != nil {
		return fmt.Errorf("write cluster settings: %w", err)
	}
	primary := ""
	if options.Primary != nil {
		primary = options.Primary.dir
	}
	err = c.run(ctx, superviseScript, []string{c.dir, c.bin, options.Language, primary}, append(paths, c.dir))
	if err != nil {
		return fmt.Errorf("start a private Postgres: %w", err)
	}
	return nil
}

// writeFiles returns the paths of what it wrote.
func (c *Cluster) writeFiles(options *Options) (paths []string, err error) {
	files := maps.Clone(options.Files)
	if files == nil {
		files = make(map[string][]byte)
	}
	files["settings.conf"] = []byte(c.settings(options))
	files["access.conf"] = []byte(strings.Join(append(options.Access, ""), "\n"))
	for name, content := range files {
		path := filepath.Join(c.dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (c *Cluster) settings(options *Options) string {
	lines := []string{
		"listen_addresses = ''",
		fmt.Sprintf("unix_socket_directories = '%s'", strings.ReplaceAll(c.dir, "'", "''")),
		"max_connections = 200",
		"logging_collector = off",
	}
	if options.Port != 0 {
		lines = append(lines, "listen_addresses = '127.0.0.1'", fmt.Sprintf("port = %d", options.Port))
	}
	if !options.Durable {
		lines = append(lines, "fsync = off", "full_page_writes = off")
	}
	return strings.Join(append(lines, options.Settings...), "\n") + "\n"
}

// DSN returns a connection string for the superuser of the cluster, over its
// socket.
func (c *Cluster) DSN() string {
	query := url.Values{"host": {c.dir}}
	if c.port != 0 {
		query.Set("port", strconv.Itoa(c.port))
	}
	return "postgres://postgres@/postgres?" + query.Encode()
}

// Dir returns the directory of the cluster: its socket is there, and its files
// are below "data".
func (c *Cluster) Dir() string { return c.dir }

// Log returns what the server has written to its log.
func (c *Cluster) Log() (string, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, "log"))
	return string(text), err
}

// Restart ends the server, in one of the modes of pg_ctl such as "immediate",
// which is a crash, and starts it again.
func (c *Cluster) Restart(ctx context.Context, mode string) error {
	return c.control(ctx, "restart", "-m", mode, "-l", filepath.Join(c.dir, "log"), "-t", "60")
}

// Halt ends the server in one of the modes of pg_ctl. Restart starts it again.
func (c *Cluster) Halt(ctx context.Context, mode string) error {
	return c.control(ctx, "stop", "-m", mode)
}

// Promote makes a standby a primary.
func (c *Cluster) Promote(ctx context.Context) error { return c.control(ctx, "promote") }

// control runs pg_ctl, which returns when the work is done.
func (c *Cluster) control(ctx context.Context, args ...string) error {
	args = append([]string{"-D", filepath.Join(c.dir, "data"), "-w"}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "pg_ctl"), args...) //nolint:gosec // our own program and paths
	cmd.Dir = "/"
	if err := runUnprivileged(cmd); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pg_ctl %s: %w", args[3], err)
	}
	return nil
}

// Stop ends the server and removes its files.
func (c *Cluster) Stop() error { return c.stop() }
