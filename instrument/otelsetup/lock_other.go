// SPDX-License-Identifier: Apache-2.0

//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package otelsetup

import (
	"errors"
	"fmt"
)

// lockDir has no lock here that ends with its process.
func lockDir(string) (unlock func() error, err error) {
	return nil, fmt.Errorf("lock the spill directory: %w", errors.ErrUnsupported)
}
