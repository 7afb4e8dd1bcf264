// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/spanledger/spanledger/test/bench/load"
)

// workload is the calls of a run, and what we aim at with them.
type workload struct {
	name    string
	shape   load.Shape
	targets targets
}

// targets are the least ratios of rates, and the most bytes a call.
type targets struct {
	ofFloor, ofUpserts, ofOne float64
	bytes                     float64
}

func workloads() []workload {
	return []workload{
		{
			name: "analyses of 6 calls", shape: load.Shape{},
			targets: targets{ofFloor: 0.5, ofUpserts: 100, ofOne: 1, bytes: 700},
		},
		{
			name: "analyses of 100,000 calls", shape: load.Shape{PerAnalysis: 100_000, AtOnce: 3},
			targets: targets{ofFloor: 0.9, ofUpserts: 100, ofOne: 1, bytes: 450},
		},
	}
}

// request is an OTLP request, ready to be sent, and the same calls as rows for
// a COPY, where they are needed.
type request struct {
	body []byte
	rows []byte
	// analysisID and span are of one of its calls.
	analysisID string
	span       [8]byte
}

// requests returns so many.
func (w *workload) requests(n int) ([]request, error) {
	l := load.New(w.shape)
	out := make([]request, n)
	for i := range out {
		td := l.Next()
		span := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		id, _ := span.Attributes().Get("spanledger.analysis.id")
		out[i].analysisID, out[i].span = id.Str(), span.SpanID()
		body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
		if err != nil {
			return nil, fmt.Errorf("make a request: %w", err)
		}
		out[i].body = body
	}
	return out, nil
}
