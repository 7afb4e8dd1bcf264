// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// outliveFileLimit makes a file that may not grow any more an error of the
// write, as a full disk is, and not the end of the process.
func outliveFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
