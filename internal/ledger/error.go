// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
)

// ErrNotFound says that the ledger knows no such analysis.
var ErrNotFound = errors.New("no such analysis in the ledger")

// Class says what a caller may do after an error.
type Class uint8

// The classes of errors.
const (
	// Retryable: the same batch may be folded later, unchanged.
	Retryable Class = iota
	// Throttled: as Retryable, but the store asks for less load.
	Throttled
	// Permanent: the same batch will be refused again.
	Permanent
)

// Error is an error of a store. Its text holds no credentials and no values
// of the batch.
type Error struct {
	// Op says what the store was doing: "fold batch".
	Op    string
	Class Class
	Err   error
}

// Error returns the operation and its cause.
func (e *Error) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error that a Store returned. What is not an
// Error is Retryable, for giving up loses calls and trying again does not.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return e.Class
	}
	return Retryable
}
