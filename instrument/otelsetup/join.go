// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"sync"
	"time"
)

// waitLimit bounds a flush or a shutdown whose context has no deadline.
const waitLimit = 30 * time.Second

// withLimit returns a context that has a deadline.
func withLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, waitLimit)
}

// together runs all steps at the same time and joins their errors.
func together(ctx context.Context, steps ...func(context.Context) error) error {
	errs := make([]error, len(steps))
	var wg sync.WaitGroup
	for i, step := range steps {
		wg.Go(func() { errs[i] = step(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// inTurn runs first and then last, whatever becomes of first, and joins their
// errors. It leaves a fifth of the time to last.
func inTurn(ctx context.Context, first, last func(context.Context) error) error {
	part := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		part, cancel = context.WithTimeout(ctx, time.Until(deadline)*4/5)
		defer cancel()
	}
	return errors.Join(first(part), last(ctx))
}
