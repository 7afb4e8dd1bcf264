// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is one run of the command. It ends with its test at the latest.
type process struct {
	args           []string
	command        *exec.Cmd
	stdout, stderr output
	exited         chan struct{}
}

// start runs the command with the arguments, in an empty directory and with
// no environment but what is given.
func start(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	return startLimited(t, 0, environment, args...)
}

// startLimited is start, of a process whose files may not grow beyond so many
// KiB, where that is not 0: to it, the disk is full then.
func startLimited(t *testing.T, kib int, environment []string, args ...string) *process {
	t.Helper()
	p := &process{args: args, command: exec.Command(commandPath(t), args...), exited: make(chan struct{})}
	if kib > 0 {
		limit := fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, 2*kib) // in blocks of 512 bytes
		p.command = exec.Command("/bin/sh", append([]string{"-c", limit, commandPath(t)}, args...)...)
	}
	p.command.Dir = t.TempDir()
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environment...)
	p.command.Stdout, p.command.Stderr = &p.stdout, &p.stderr
	dieWithParent(p.command)

	started := make(chan error)
	go p.supervise(started)
	require.NoError(t, <-started)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Log(p.report())
		}
		require.NotContains(t, p.stdout.String()+p.stderr.String(), password, "the password is in the output")
	})
	return p
}

// supervise stays on one thread: the kernel takes the end of the thread that
// started a process for the end of its parent.
func (p *process) supervise(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.command.Start()
	started <- err
	if err == nil {
		_ = p.command.Wait() // the state tells
		close(p.exited)
	}
}

// kill ends the process without a warning, and waits for its end.
func (p *process) kill() {
	_ = p.command.Process.Kill() // it may have ended
	<-p.exited
}

// stop asks the process to end, and returns its exit code.
func (p *process) stop(t *testing.T) int {
	t.Helper()
	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	return p.wait(t)
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.exited:
		return p.command.ProcessState.ExitCode()
	case <-timer.C:
		require.FailNow(t, "the process does not end", "%s", p.report())
		return -1
	}
}

// await tries until check returns nil. It gives up when the process ends.
func (p *process) await(t *testing.T, what string, check func() error) {
	t.Helper()
	eventually(t, what, func() error {
		select {
		case <-p.exited:
			require.FailNow(t, "the process ended", "while the test waited for %s\n%s", what, p.report())
		default:
		}
		return check()
	})
}

// says returns a check that the text is on standard error.
func (p *process) says(text string) func() error {
	return func() error {
		if !strings.Contains(p.stderr.String(), text) {
			return fmt.Errorf("%q is not on standard error", text)
		}
		return nil
	}
}

func (p *process) report() string {
	return fmt.Sprintf("spanledger %s: %v\nstdout:\n%s\nstderr:\n%s",
		strings.Join(p.args, " "), p.command.ProcessState, p.stdout.String(), p.stderr.String())
}

// output is what a process writes, to be read while it does.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// String returns all that was written.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// eventually tries until check returns nil, and fails with its last error.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	patient := time.NewTimer(patience)
	defer patient.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-patient.C:
			require.NoError(t, errors.Join(errors.New("waited in vain for "+what), err))
		}
	}
}
