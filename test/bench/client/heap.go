// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"google.golang.org/genai"
)

// Heap writes what each way holds in memory in the middle of a stream of
// 10 MB, of which the caller keeps nothing.
func Heap(ctx context.Context, to io.Writer, ways []Way) error {
	workload := NewStream("stream of 10 MB", 160, 64*kilo)
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%s\tKB held\t\n", workload.Name)
	for _, way := range ways {
		held, err := heldBy(ctx, way, &workload)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t\n", way.Name, held/kilo)
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// heldBy returns the largest heap during the second half of a stream, beyond
// that before the stream began.
func heldBy(ctx context.Context, way Way, workload *Workload) (largest uint64, err error) {
	watch := &heapWatch{every: workload.Events / 8, from: workload.Events / 2}
	inner := way.Recorder
	way.Recorder = func(with Providers) (Recorder, error) {
		recorder, err := newRecorder(Way{Recorder: inner}, with)
		return watchingRecorder{recorder, watch}, err
	}
	err = calls(ctx, way, workload, 1, watch.begin)
	return watch.largest, err
}

// heapWatch looks at the heap every so many chunks.
type heapWatch struct {
	every, from, chunks int
	before, largest     uint64
}

func (w *heapWatch) begin() { w.chunks, w.before, w.largest = 0, heap(), 0 }

func (w *heapWatch) chunk() {
	w.chunks++
	if w.chunks >= w.from && w.chunks%w.every == 0 {
		w.largest = max(w.largest, max(heap(), w.before)-w.before)
	}
}

// heap returns the bytes that are reachable.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first has finalized
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

// watchingRecorder watches the heap beside what another recorder does.
type watchingRecorder struct {
	Recorder

	watch *heapWatch
}

// Begin implements [Recorder].
func (r watchingRecorder) Begin(ctx context.Context) (context.Context, Recording) {
	ctx, recording := r.Recorder.Begin(ctx)
	return ctx, watchingRecording{recording, r.watch}
}

type watchingRecording struct {
	Recording

	watch *heapWatch
}

// Chunk implements [Recording].
func (r watchingRecording) Chunk() {
	r.Recording.Chunk()
	r.watch.chunk()
}

// End implements [Recording].
func (r watchingRecording) End(last *genai.GenerateContentResponse) { r.Recording.End(last) }
