// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the process when the test binary ends in
// a way that runs no cleanup, such as its time-out.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
