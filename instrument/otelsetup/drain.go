// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"fmt"

	"go.opentelemetry.io/otel"

	"github.com/spanledger/spanledger/internal/semconv"
)

// drain sends what is on disk, oldest first, until the spiller stops.
func (s *spiller) drain() {
	defer close(s.drained)
	for s.ctx.Err() == nil {
		if oldest, ok := s.spool.head(); ok && len(s.slow) == 0 {
			s.sendSegment(oldest)
			continue
		}
		select {
		case upload := <-s.slow:
			s.await(upload)
		case <-s.added:
		case <-s.finish:
			if s.spool.empty() {
				return
			}
		case <-s.ctx.Done():
		}
	}
}

// await takes over an upload that was slow. What it does not deliver is on
// disk and will be sent from there.
func (s *spiller) await(upload slowUpload) {
	placed, ok := <-upload.placed
	if !ok {
		return
	}
	select {
	case err := <-upload.answer:
		if v := judge(asExport(err)); v.kind == verdictDelivered {
			s.drops.add(v.rejected, semconv.LossRejected)
			s.delivered(placed)
		}
	case <-s.ctx.Done():
	}
}

// sendSegment delivers one batch. It stays on disk until the receiver has
// all of it: a process that dies meanwhile sends it again.
func (s *spiller) sendSegment(oldest segment) {
	batch, err := s.spool.read(oldest)
	if isTemporary(err) {
		s.courier.pause(s.ctx, 0)
		return
	}
	if err != nil {
		s.spool.setAside(oldest, s.spool.path(oldest))
		otel.Handle(fmt.Errorf("otelsetup: %d ledger spans in %q cannot be read, and are set aside", oldest.spans,
			s.spool.path(oldest)+asideEnd))
		s.drops.add(oldest.spans, semconv.LossSpillCorrupt)
		return
	}
	if s.courier.deliver(s.ctx, flatten(batch)) == 0 {
		s.delivered(oldest)
	}
}

func (s *spiller) delivered(done segment) {
	s.spool.remove(done)
	note(s.sent)
}
