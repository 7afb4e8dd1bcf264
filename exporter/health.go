// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// health tells the Collector when the ledger begins to fail and when it works
// again: once each time, however many batches meet it. It is safe for
// concurrent use.
type health struct {
	host component.Host

	mu      sync.Mutex
	failing bool
}

func newHealth(host component.Host) *health { return &health{host: host} }

// report takes the result of one batch, nil for success. All errors count as
// recoverable, for a permanent one is about a batch and not the component.
func (h *health) report(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing == (err != nil) {
		return
	}
	h.failing = err != nil
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if h.failing {
		event = componentstatus.NewRecoverableErrorEvent(err)
	}
	componentstatus.ReportStatus(h.host, event)
}
