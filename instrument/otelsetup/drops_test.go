// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/spanledger/spanledger/internal/semconv"
)

// TestDrops_ReportsOncePerMinute reads what was reported, for the error
// handler is that of the whole process.
func TestDrops_ReportsOncePerMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, err := newDrops(t.Context(), noop.NewMeterProvider())
		require.NoError(t, err)
		reasons := []string{
			semconv.LossQueueFull, semconv.LossRejected, semconv.LossShutdown,
			semconv.LossSpillFull, semconv.LossSpillCorrupt,
		}
		for i := range 59 {
			d.add(1, reasons[i%len(reasons)])
			<-time.After(time.Second)
		}
		require.Equal(t, int64(1), d.reported, "the first at once, the others when a minute is over")
		<-time.After(2 * time.Second)
		d.add(0, semconv.LossQueueFull)
		require.Equal(t, int64(1), d.reported, "nothing is no news")
		d.add(1, semconv.LossQueueFull)
		require.Equal(t, int64(60), d.reported)
		require.Empty(t, d.message(), "all has been told")

		d.add(2, semconv.LossRejected)
		require.Equal(t,
			"13 queue_full, 14 rejected, 12 shutdown, 11 spill_corrupt, 12 spill_full since the start", d.message())
	})
}
