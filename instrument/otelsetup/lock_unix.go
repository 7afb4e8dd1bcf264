// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package otelsetup

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockDir takes the lock file of a spill directory. The system gives it back
// when the process ends, however it ends.
func lockDir(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- in the spill directory
	if err != nil {
		return nil, fmt.Errorf("open the lock of the spill directory: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return file.Close, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = errInUse
	}
	return nil, errors.Join(fmt.Errorf("lock the spill directory: %w", err), file.Close())
}
