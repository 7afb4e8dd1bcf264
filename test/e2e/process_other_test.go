// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package e2e_test

import "os/exec"

// dieWithParent does nothing: only Linux can.
func dieWithParent(*exec.Cmd) {}
