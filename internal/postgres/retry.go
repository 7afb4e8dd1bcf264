// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	maxTries  = 6
	firstWait = 10 * time.Millisecond
)

// retry runs a transaction until it does not meet another one, at most
// maxTries times.
func (s *Store) retry(ctx context.Context, transact func() error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := transact()
		if err == nil || try == maxTries {
			return err
		}
		switch {
		case errors.Is(err, errStateMoved), hasCode(err, codeCheckViolation):
			// The partition is gone, or was never made.
			err = s.refresh(ctx)
		case hasCode(err, codeDeadlock, codeSerialization, codeLockTimeout):
			err = pause(ctx, wait/2+rand.N(wait)) //nolint:gosec // only spreads the tries
			wait *= 2
		}
		if err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
