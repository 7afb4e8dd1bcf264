// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"time"
)

// parseTime reads a time in RFC 3339, a day, which starts at midnight in the
// zone, or how long before now. No text is the zero time.
func parseTime(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: want a time such as 2026-03-01T09:00:00Z, "+
			"a day such as 2026-03-01, or how long ago, such as 24h", quote(text))
	}
	return at, nil
}
