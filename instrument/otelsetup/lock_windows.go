// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"errors"
	"fmt"
	"syscall"
)

// errSharing is what Windows says of a file that another has opened for itself.
const errSharing = syscall.Errno(32)

// lockDir opens the lock file of a spill directory for itself alone. The
// system closes it when the process ends, however it ends.
func lockDir(path string) (unlock func() error, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("lock the spill directory: %w", err)
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharing) {
		err = errInUse
	}
	if err != nil {
		return nil, fmt.Errorf("lock the spill directory: %w", err)
	}
	return func() error { return syscall.CloseHandle(handle) }, nil
}
