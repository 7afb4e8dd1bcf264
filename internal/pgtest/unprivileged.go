// SPDX-License-Identifier: Apache-2.0

//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// runUnprivileged gives the command a session of its own, so that an
// interrupt in the terminal does not reach it. Postgres refuses to run as
// root: there the command runs as the user postgres, who gets the paths.
func runUnprivileged(cmd *exec.Cmd, paths ...string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := lookupPostgres()
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	for _, path := range paths {
		if err := os.Chown(path, int(uid), int(gid)); err != nil {
			return fmt.Errorf("give the cluster directory to user postgres: %w", err)
		}
	}
	return nil
}

func lookupPostgres() (uid, gid uint32, err error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("run Postgres, which refuses root, as user postgres: %w", err)
	}
	u, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return 0, 0, fmt.Errorf("user id of postgres: %w", err)
	}
	g, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return 0, 0, fmt.Errorf("group id of postgres: %w", err)
	}
	return uint32(u), uint32(g), nil
}
