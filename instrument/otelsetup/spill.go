// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/spanledger/spanledger/internal/semconv"
)

// patience is how long a receiver may take before the batch goes to disk, and
// at a shutdown before what is on disk stays there.
const patience = time.Second

// spiller is the OTLP client of a processor with a spill directory. It sends
// at once while nothing waits on disk; else a batch goes behind what waits
// there, which [spiller.drain] sends. To its exporter both are a success: a
// failure means that a batch is in neither place.
type spiller struct {
	client   otlptrace.Client
	shutdown func(context.Context) error // of client
	spool    *spool
	drops    *drops
	courier  courier[protoSpan] // of the draining goroutine alone

	ctx      context.Context // of the uploads
	cancel   context.CancelFunc
	uploads  sync.WaitGroup
	full     chan struct{} // the queue of spans is full: do not wait
	diskOnly chan struct{} // closed: the time for sending is over
	added    chan struct{} // there is something on disk
	slow     chan slowUpload
	finish   chan struct{} // closed: nothing will be added
	sent     chan struct{} // something has been delivered
	drained  chan struct{} // closed: drain has returned
}

// slowUpload is under way while its batch is put on disk.
type slowUpload struct {
	answer <-chan error
	placed chan segment // closed where there was no room
}

// newSpiller takes the directory of config for itself.
func newSpiller(
	ctx context.Context, exporter clientExporter, config *LedgerConfig, drops *drops, stopping <-chan struct{},
) (*spiller, error) {
	spool, corrupt, err := openSpool(config.SpillDir, config.SpillMaxBytes)
	if err != nil {
		return nil, spillError(config.SpillDir, err)
	}
	drops.add(corrupt, semconv.LossSpillCorrupt)
	s := &spiller{
		client: exporter.otlpClient(), shutdown: exporter.Shutdown, spool: spool, drops: drops,
		full: make(chan struct{}, 1), diskOnly: make(chan struct{}),
		added: make(chan struct{}, 1), slow: make(chan slowUpload, 1),
		finish: make(chan struct{}), sent: make(chan struct{}, 1), drained: make(chan struct{}),
	}
	s.courier = courier[protoSpan]{
		drops: drops, stopping: stopping,
		where: fmt.Sprintf("in %q, up to %d bytes of them", config.SpillDir, config.SpillMaxBytes),
		export: func(ctx context.Context, batch []protoSpan) error {
			return asExport(s.client.UploadTraces(ctx, regroup(batch)))
		},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s, nil
}

// spillError says what keeps a directory from being used.
func spillError(dir string, err error) error {
	wrong := &ConfigError{
		Setting: "LedgerConfig.SpillDir", Problem: fmt.Sprintf("%q is %s", dir, errInUse),
		Remedy: "give each process a directory of its own, such as one with the name of the pod in its path",
	}
	if !errors.Is(err, errInUse) {
		wrong.Problem = fmt.Sprintf("%q cannot be used: %v", dir, err)
		wrong.Remedy = "name a directory on a local disk that the service may make and write"
	}
	return wrong
}

// asExport puts an upload's error into the words that judge knows.
func asExport(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("traces export: %w", err)
}

// Start begins to send what an earlier process left. The client is running.
func (s *spiller) Start(context.Context) error {
	go s.drain()
	return nil
}

// UploadTraces sends a batch or puts it on disk. One goroutine calls it.
func (s *spiller) UploadTraces(ctx context.Context, batch []*tracepb.ResourceSpans) error {
	if s.isDiskOnly() || !s.spool.empty() {
		return s.keep(batch)
	}
	answer := make(chan error, 1)
	s.uploads.Go(func() { answer <- s.client.UploadTraces(s.ctx, batch) })
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-answer:
		return s.settle(batch, err)
	case <-timer.C:
	case <-s.full:
	case <-s.diskOnly:
	}
	return s.leave(ctx, batch, answer)
}

// settle keeps a batch that the receiver may take another time.
func (s *spiller) settle(batch []*tracepb.ResourceSpans, err error) error {
	switch judge(asExport(err)).kind {
	case verdictDelivered, verdictRefused:
		return err
	}
	return s.keep(batch)
}

func (s *spiller) keep(batch []*tracepb.ResourceSpans) error {
	if _, err := s.spool.put(batch); err != nil {
		return err
	}
	note(s.added)
	return nil
}

// leave puts a batch on disk and its upload into the hands of drain, so that
// it is not sent twice where the receiver is merely slow. Nothing else is on
// disk: drain sees the upload before the batch.
func (s *spiller) leave(ctx context.Context, batch []*tracepb.ResourceSpans, answer <-chan error) error {
	// The channel of answers is emptied by one: drain, or this where the disk
	// takes nothing.
	upload := slowUpload{answer: answer, placed: make(chan segment, 1)}
	s.slow <- upload
	placed, err := s.spool.put(batch)
	if err == nil {
		upload.placed <- placed
		return nil
	}
	close(upload.placed)
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hurry has the next batch go to disk, for the queue behind it is full.
func (s *spiller) hurry() { note(s.full) }

// stopSending has all batches go to disk from now on. It may be called once.
func (s *spiller) stopSending() { close(s.diskOnly) }

func (s *spiller) isDiskOnly() bool {
	select {
	case <-s.diskOnly:
		return true
	default:
		return false
	}
}

// note leaves a word on a channel that holds one.
func note(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Stop sends what is on disk for as long as the receiver takes it, and leaves
// the rest to the next process. Nothing is uploaded after it.
func (s *spiller) Stop(ctx context.Context) error {
	close(s.finish)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for s.isDraining(ctx, timer.C) {
		timer.Reset(patience)
	}
	s.cancel()
	<-s.drained
	s.uploads.Wait()
	if n := s.spool.spans(); n > 0 {
		otel.Handle(fmt.Errorf("otelsetup: %d ledger spans stay in %q for the next start", n, s.spool.dir))
	}
	return errors.Join(s.spool.close(), s.shutdown(ctx))
}

// isDraining waits for a delivery. It returns false where there is none left
// or none in time.
func (s *spiller) isDraining(ctx context.Context, late <-chan time.Time) bool {
	select {
	case <-s.sent:
		return true
	case <-s.drained:
	case <-late:
	case <-s.diskOnly:
	case <-ctx.Done():
	}
	return false
}
