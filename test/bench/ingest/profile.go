// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"runtime/pprof"
	"syscall"
)

// profileEnv names the file that a Collector writes its profile to.
const profileEnv = "SPANLEDGER_BENCH_PROFILE"

const terminate = syscall.SIGTERM

func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path) //nolint:gosec // who runs the program chose it
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // nobody reads it but a person
	}, nil
}
