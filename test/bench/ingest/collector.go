// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spanledger/spanledger/test/bench/measure"
)

const (
	// pollInterval is between two tries of what is waited for.
	pollInterval = 5 * time.Millisecond
	// startPatience is how long a Collector may take to start.
	startPatience = time.Minute
)

const collectorConfig = `
receivers:
  otlp:
    protocols:
      grpc: {endpoint: %s}
exporters:
  spanledger: {dsn: "${env:SPANLEDGER_DSN}", schema: %s}
service:
  telemetry:
    logs: {level: warn}
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %s}}}}]}
  pipelines:
    traces: {receivers: [otlp], exporters: [spanledger]}
`

// collector is a process of its own, with the exporter's defaults where the
// variant does not say else.
type collector struct {
	command *exec.Cmd
	address string
	output  bytes.Buffer
	// ended is closed when the process has ended, with err.
	ended chan struct{}
	err   error
}

// startCollector returns one that takes spans for a schema.
func (c *comparison) startCollector(ctx context.Context, schema string, v variant) (*collector, error) {
	addresses, err := freeAddresses(ctx, 2)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	_, telemetryPort, err := net.SplitHostPort(addresses[1])
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(collectorConfig, addresses[0], schema, telemetryPort)
	args := append([]string{collectorCommand, "--config=yaml:" + config}, v.args...)
	p := &collector{address: addresses[0], ended: make(chan struct{})}
	p.command = exec.CommandContext(ctx, self, args...) //nolint:gosec // this program
	p.command.Env = append(append(os.Environ(), "SPANLEDGER_DSN="+c.dsn), v.environment...)
	if c.profile != "" {
		p.command.Env = append(p.command.Env, profileEnv+"="+filepath.Join(c.profile, schema+".pprof"))
	}
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	p.command.Cancel = func() error { return p.command.Process.Signal(terminate) }
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start a Collector: %w", err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.command.Wait()
	}()
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *collector) awaitReady(ctx context.Context) error {
	ctx, cancel := whileAlive(ctx, startPatience, p)
	defer cancel()
	err := poll(ctx, func() (bool, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return true, conn.Close()
	})
	if err != nil {
		return fmt.Errorf("wait for a Collector: %w", err)
	}
	return nil
}

// cpu is the processor time that it has taken.
func (p *collector) cpu() (time.Duration, error) { return measure.ProcessCPU(p.command.Process.Pid) }

// whileAlive returns a context that ends after some time, or with any of the
// processes.
func whileAlive(
	ctx context.Context, patience time.Duration, collectors ...*collector,
) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	for _, p := range collectors {
		go func() {
			select {
			case <-p.ended:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

var errEnded = errors.New("a Collector ended by itself")

// stop ends the process. What it said is in the error.
func (p *collector) stop() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%w: %w: %s", errEnded, p.err, p.output.String())
	default:
	}
	err := p.command.Process.Signal(terminate)
	<-p.ended
	if err := errors.Join(err, p.err); err != nil {
		return fmt.Errorf("stop a Collector: %w: %s", err, p.output.String())
	}
	return nil
}

// poll tries until the condition holds, an error comes up or ctx ends.
func poll(ctx context.Context, holds func() (bool, error)) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// freeAddresses returns addresses of this machine that nothing listens on. It
// listens on all of them before it lets go of the first, so that none comes
// twice.
func freeAddresses(ctx context.Context, n int) (addresses []string, err error) {
	if n == 0 {
		return nil, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	rest, err := freeAddresses(ctx, n-1)
	return append(rest, l.Addr().String()), errors.Join(err, l.Close())
}
