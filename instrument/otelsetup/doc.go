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
// OTEL_METRIC_EXPORT_*, OTEL_BSP_* and the limits of attributes. A value that
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
// not stop the service, and counts and reports what is lost. The queue is in
// memory: what it holds dies with the process.
package otelsetup
