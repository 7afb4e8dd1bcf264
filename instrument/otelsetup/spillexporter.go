// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// SpillExporter is an OTLP exporter for a [LedgerProcessor] with a spill
// directory. Such a processor needs more than a SpanExporter: what lies on
// disk is OTLP, and only an OTLP client can send it. To all others it is an
// ordinary exporter.
type SpillExporter struct {
	*otlptrace.Exporter
	client otlptrace.Client
}

// NewSpillExporter starts an exporter that sends through client, which
// otlptracegrpc.NewClient or otlptracehttp.NewClient makes. The client must
// return when its context ends, and be safe for concurrent use, as theirs
// are.
func NewSpillExporter(ctx context.Context, client otlptrace.Client) (*SpillExporter, error) {
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("otelsetup: start the OTLP client: %w", err)
	}
	return &SpillExporter{Exporter: exporter, client: client}, nil
}

func (e *SpillExporter) otlpClient() otlptrace.Client { return e.client }

// clientExporter is a SpillExporter, or what stands before one.
type clientExporter interface {
	sdktrace.SpanExporter
	otlpClient() otlptrace.Client
}
