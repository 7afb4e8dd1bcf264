// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Protocols of OTLP.
const (
	ProtocolGRPC         = "grpc"
	ProtocolHTTPProtobuf = "http/protobuf"
)

// Config says what the environment does not. The zero Config leaves all to
// the environment.
type Config struct {
	// ServiceName names the service where neither OTEL_SERVICE_NAME nor
	// OTEL_RESOURCE_ATTRIBUTES does.
	ServiceName string

	// ServiceVersion is the service's own version. Defaults to none.
	ServiceVersion string

	// Attributes describe the service further. OTEL_RESOURCE_ATTRIBUTES goes
	// before them.
	Attributes []attribute.KeyValue

	// Endpoint is the base URL of the OTLP receiver for both signals, such as
	// "http://localhost:4318". Where it is set, the endpoints in the
	// environment do not count. Defaults to OTEL_EXPORTER_OTLP_ENDPOINT.
	Endpoint string

	// Protocol is ProtocolGRPC or ProtocolHTTPProtobuf. Where it is set, the
	// protocols in the environment do not count. Defaults to
	// OTEL_EXPORTER_OTLP_PROTOCOL.
	Protocol string

	// Sampler decides which traces are sampled; ledger spans are exported
	// whatever it says. Defaults to OTEL_TRACES_SAMPLER.
	Sampler sdktrace.Sampler

	// Ledger sets the limits of the ledger's queue.
	Ledger LedgerConfig
}

// LedgerConfig sets the limits of a [LedgerProcessor]. In each field zero
// stands for the default.
type LedgerConfig struct {
	// QueueSize is how many spans may wait. Defaults to 8192.
	QueueSize int

	// BatchSize is how many spans go out at once. Defaults to 512, at most
	// QueueSize.
	BatchSize int

	// Interval is how long a span waits for its batch to fill. Defaults to 1
	// second.
	Interval time.Duration

	// MaxBlock is how long the queue may stay full before spans are dropped;
	// until then the ends of spans wait for room. It bounds what a Collector
	// that is away can cost the service: MaxBlock once, not for each call.
	// Defaults to 5 seconds; a negative value waits until there is room.
	MaxBlock time.Duration

	// SpillDir is a directory for spans that wait for the receiver: where it
	// is set, they go to disk as soon as the queue is full, the receiver has
	// been away for a second, or the processor shuts down while it is away,
	// and are sent in their order when it is back, by this process or the
	// next one that has the directory. It is made where it is missing, and
	// belongs to one processor at a time: give each process its own, on a
	// volume that outlives it. Defaults to none, and for [Start] to
	// SPANLEDGER_SPILL_DIR.
	SpillDir string

	// SpillMaxBytes is how much of the disk SpillDir may take; a file counts
	// for 4 KiB at least. Defaults to 1 GiB, and for [Start] to
	// SPANLEDGER_SPILL_MAX_BYTES.
	SpillMaxBytes int64

	// MeterProvider counts dropped spans. Defaults to the provider that Start
	// makes, or for a processor of its own to the global one.
	MeterProvider metric.MeterProvider
}

const (
	defaultQueueSize = 8192
	defaultBatchSize = 512
	defaultInterval  = time.Second
	defaultMaxBlock  = 5 * time.Second
	defaultSpill     = 1 << 30
)

func (c LedgerConfig) withDefaults() LedgerConfig {
	if c.QueueSize <= 0 {
		c.QueueSize = defaultQueueSize
	}
	if c.BatchSize <= 0 {
		c.BatchSize = defaultBatchSize
	}
	c.BatchSize = min(c.BatchSize, c.QueueSize)
	if c.Interval <= 0 {
		c.Interval = defaultInterval
	}
	if c.MaxBlock == 0 {
		c.MaxBlock = defaultMaxBlock
	}
	if c.SpillMaxBytes == 0 {
		c.SpillMaxBytes = defaultSpill
	}
	return c
}

func (c LedgerConfig) validate() error {
	if c.SpillMaxBytes != 0 && c.SpillMaxBytes < blockSize {
		return &ConfigError{
			"LedgerConfig.SpillMaxBytes", fmt.Sprintf("have %d", c.SpillMaxBytes),
			fmt.Sprintf("set it to %d or more, or leave it 0 for 1 GiB", blockSize),
		}
	}
	return nil
}
