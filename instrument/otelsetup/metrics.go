// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

func newMeterProvider(
	ctx context.Context,
	s *exporterSettings,
	res *resource.Resource,
) (*sdkmetric.MeterProvider, error) {
	exporter, err := newMetricExporter(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("otelsetup: make the metric exporter: %w", err)
	}
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithCardinalityLimitSelector(CardinalityLimit))
	return sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(reader)), nil
}

// CardinalityLimit takes the limit of series off observable counters, and
// leaves that of all other kinds to the provider. Give it to each reader of a
// MeterProvider of your own that has a limit below 1,900:
//
//	reader := metric.NewPeriodicReader(exporter,
//		metric.WithCardinalityLimitSelector(otelsetup.CardinalityLimit))
//
// The counters that are tagged by analysis are observable. They keep within
// the SDK's default of 2,000 by themselves: what one instrument has no room
// for comes in further scopes (spanledger.page). A lower limit, which they
// cannot know, would put running analyses into the overflow series. Without
// any limit they stay bounded, for they show the analyses that are alive and
// forget the others.
func CardinalityLimit(kind sdkmetric.InstrumentKind) (limit int, fallback bool) {
	return 0, kind != sdkmetric.InstrumentKindObservableCounter
}

func newMetricExporter(ctx context.Context, s *exporterSettings) (sdkmetric.Exporter, error) {
	if s.protocol == ProtocolGRPC {
		return otlpmetricgrpc.New(ctx, s.metricOptionsGRPC()...)
	}
	return otlpmetrichttp.New(ctx, s.metricOptionsHTTP()...)
}

func (s *exporterSettings) metricOptionsGRPC() []otlpmetricgrpc.Option {
	return withAddress(s, otlpmetricgrpc.WithInsecure, otlpmetricgrpc.WithEndpointURL,
		otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig{
			Enabled: true, InitialInterval: retryInitial, MaxInterval: retryMax, MaxElapsedTime: retryElapsed,
		}),
		otlpmetricgrpc.WithDialOption(reconnectSoon()))
}

func (s *exporterSettings) metricOptionsHTTP() []otlpmetrichttp.Option {
	return withAddress(s, otlpmetrichttp.WithInsecure, otlpmetrichttp.WithEndpointURL,
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
			Enabled: true, InitialInterval: retryInitial, MaxInterval: retryMax, MaxElapsedTime: retryElapsed,
		}))
}
