// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package e2e_test

import (
	"os/exec"
	"testing"
)

// dieWithParent does nothing: only Linux can.
func dieWithParent(*exec.Cmd) {}

// memory is known on Linux alone.
func (p *process) memory(*testing.T) int { return 0 }
