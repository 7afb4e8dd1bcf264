// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// supervised is a server that a shell script looks after. The script says
// "ready" when the server is, and ends it once its standard input closes: the
// kernel does that even where this process is killed.
type supervised struct {
	lifeline   io.Closer
	supervisor *exec.Cmd
}

// run starts the script as an unprivileged user, who gets the paths, and waits
// until the server is ready.
func (s *supervised) run(ctx context.Context, script string, args, paths []string) error {
	ctx = context.WithoutCancel(ctx) // a killed supervisor could not clean up
	args = append([]string{"-c", script, "sh"}, args...)
	s.supervisor = exec.CommandContext(ctx, "/bin/sh", args...) //nolint:gosec // our own script and paths
	s.supervisor.Dir = "/"
	if err := runUnprivileged(s.supervisor, paths...); err != nil {
		return err
	}
	ready, err := s.launch()
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	defer ready.Close()
	return s.awaitReady(ready)
}

// launch starts the supervisor with plain files for its standard input and
// output, which take no goroutine to serve.
func (s *supervised) launch() (ready *os.File, err error) {
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
	s.supervisor.Stdin, s.supervisor.Stdout = childInput, childOutput
	if err := s.supervisor.Start(); err != nil {
		return nil, errors.Join(err, lifeline.Close(), ready.Close())
	}
	s.lifeline = lifeline
	return ready, nil
}

func (s *supervised) awaitReady(output io.Reader) error {
	reader := bufio.NewReader(output)
	first, err := reader.ReadString('\n')
	if err == nil && first == "ready\n" {
		return nil
	}
	rest, err := io.ReadAll(reader)
	return errors.Join(err, s.stop(), errors.New(first+string(rest)))
}

// stop ends the server and waits for its end.
func (s *supervised) stop() error {
	return errors.Join(s.lifeline.Close(), s.supervisor.Wait())
}
