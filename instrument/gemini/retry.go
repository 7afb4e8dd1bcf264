// SPDX-License-Identifier: Apache-2.0

package gemini

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
)

// defaultAttempts is how many requests the SDK sends at most, the first
// included, where it retries and is told no number.
const defaultAttempts = 5

// retryPolicy says what a client with the given options does after a failure:
// it reads the answer that it gives up with, and a lost connection looks the
// same either way. Interactions have retries of their own, and read every
// answer where the context has a deadline.
func retryPolicy(options *genai.HTTPRetryOptions) func(instrument.FailedAttempt) bool {
	attempts, statuses := 1, []int32(nil)
	if options != nil {
		attempts, statuses = defaultAttempts, slices.Clone(options.HTTPStatusCodes)
		if options.Attempts != nil {
			attempts = int(*options.Attempts)
		}
	}
	return func(failed instrument.FailedAttempt) bool {
		switch {
		case isInteraction(failed.Path):
			timedOut := failed.TimedOut && failed.Status == 0
			return failed.Number < defaultAttempts && (timedOut || isRetriedInteraction(failed.Status))
		case failed.Status == 0:
			return failed.Number < attempts
		}
		status := int32(failed.Status) //nolint:gosec // it has three digits
		return failed.Unread && slices.Contains(statuses, status)
	}
}

func isInteraction(path string) bool { return strings.HasSuffix(path, "/interactions") }

func isRetriedInteraction(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}
