// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// dieWithParent has the kernel kill the process when the test binary ends in
// a way that runs no cleanup, such as its time-out.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

var memoryLine = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// memory returns the MiB of memory that the process has for itself: not the
// pages of the queue's file, which the kernel takes back when it needs them.
func (p *process) memory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	require.NoError(t, err)
	found := memoryLine.FindSubmatch(status)
	require.Len(t, found, 2)
	kib, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return kib / 1024
}
