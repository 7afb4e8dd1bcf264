// SPDX-License-Identifier: Apache-2.0

// Package otelsetup sets up the OpenTelemetry SDK for a service whose calls
// to language models are accounted: tracer and meter providers, OTLP
// exporters, resource and propagators. It is the only package of the
// instrumentation that needs the SDK; a service with its own set-up can do
// without it.
//
// The main path is [Start], once, and the shutdown function it returns:
//
//	shutdown, err := otelsetup.Start(ctx, otelsetup.Config{ServiceName: "stock-api"})
//
// # Environment
//
// The standard variables decide where telemetry goes and how much of it:
// OTEL_SDK_DISABLED, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
// OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER (otlp or none),
// OTEL_TRACES_SAMPLER and its argument, OTEL_PROPAGATORS (tracecontext,
// baggage or none), OTEL_EXPORTER_OTLP_* for both signals or one of them,
// OTEL_METRIC_EXPORT_*, OTEL_BSP_* and the limits of attributes; and of our
// own, SPANLEDGER_SPILL_DIR and SPANLEDGER_SPILL_MAX_BYTES. A value that
// cannot be meant is a [ConfigError], not a line in a log.
//
// Without OTEL_EXPORTER_OTLP_PROTOCOL the protocol is http/protobuf, or grpc
// where the endpoint's port is 4317. Without an endpoint it is plain text to
// localhost, as the specification has it.
//
// # Sampling never touches accounting
//
// Traces may be sampled to 1 %; the ledger needs every call. A ledger span is
// one that has gen_ai.operation.name or spanledger.analysis.id; where the
// trace is not sampled, the attribute must be there when the span starts.
// [LedgerSampler] has such spans recorded, without the sampled flag, so that
// nothing downstream is sampled because of it. A [LedgerProcessor] exports
// them, sampled or not, and [Route] keeps them out of the ordinary batch
// processor: each span goes out once, over one connection.
//
// The Collector thus receives ledger spans of traces that were not sampled.
// The ledger wants them. A pipeline to a trace viewer can leave them out: bit
// 0 of the span's flags is 0.
//
// # Nothing is lost in silence
//
// The standard batch processor drops spans without a word when its queue is
// full, and never exports one that is not sampled. A LedgerProcessor holds
// them in a bounded queue while the Collector is away, lets the spans' ends
// wait when it is full, gives up on that after a while so that telemetry does
// not stop the service, and counts and reports what is lost. What the queue
// holds dies with the process.
//
// With a directory in LedgerConfig.SpillDir or SPANLEDGER_SPILL_DIR, spans go
// to disk instead of waiting: when the queue is full, when the Collector has
// not answered for a second, and at a shutdown that finds it away. They are
// sent in their order when it is back, by this process or the next one with
// that directory, whose size SPANLEDGER_SPILL_MAX_BYTES limits. What is on
// disk outlives a kill and a loss of power; what was in memory, at most
// QueueSize and two batches, does not. Delivery is at least once: a
// process that dies between the Collector's answer and the deletion of a file
// sends it again, and the ledger counts a span once. A full disk is a full
// queue. A file that cannot be read is set aside, ending in .bad, and counted;
// all others are sent. Files are for the owner alone, and hold what spans
// hold: no content by default. Two processes cannot share a directory.
//
// # Beside providers of your own
//
// A service with its own TracerProvider puts [LedgerSampler] around its
// sampler, and registers a LedgerProcessor beside its own processors, or
// [Route] in the place of one that sends to the same Collector. Its traces
// stay sampled as they were, remote parents included. A processor of your own
// that exports spans without looking at their sampled flag would export the
// recorded ones too; the SDK's do look.
//
// Where the sampler is out of reach, a LedgerProcessor gets what that sampler
// lets through and no more: the ledger of a service at 1 % has one call in a
// hundred. Make a second TracerProvider then, with
// LedgerSampler(ParentBased(NeverSample())) and both processors, and give it
// to the instrumentation alone (instrument.WithTracerProvider): its spans join
// the traces of the first one, and are sampled where their parents are.
//
// A MeterProvider of your own needs [CardinalityLimit] on readers whose limit
// of series is below 1,900; the SDK's default is not.
//
// # Exemplars
//
// The histograms of calls carry exemplars with the ids of the call's span. By
// default (trace_based) only a sampled call leaves one, so that an exemplar
// always leads to a trace that a viewer has. A ledger span that is not sampled
// leaves none; with OTEL_METRICS_EXEMPLAR_FILTER=always_on it does, and its
// ids are found in the ledger, but in no trace viewer.
package otelsetup
