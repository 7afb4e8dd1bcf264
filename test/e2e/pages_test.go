// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// TestCollector_Pages has more analyses alive than an instrument may have
// series, and reads their tokens where Prometheus does, in both generations of
// the conventions: added up by analysis id they are right.
func TestCollector_Pages(t *testing.T) {
	t.Parallel()
	const alive = 3000
	c := startCollector(t, newSQLite(t))
	for service, generation := range map[string]instrument.Conventions{
		"stock": instrument.ConventionsReleased, "video": instrument.ConventionsLatest,
	} {
		telemetry, err := otelsetup.New(t.Context(), otelsetup.Config{
			ServiceName: service, Endpoint: "http://" + c.http,
		})
		require.NoError(t, err)
		startFleet(t, service, alive,
			instrument.WithMeterProvider(telemetry.Meter), instrument.WithConventions(generation))
		require.NoError(t, telemetry.ForceFlush(t.Context()))
		eventually(t, "all series", func() error {
			page, err := get(t.Context(), "http://"+c.prometheus+"/metrics")
			if err != nil {
				return err
			}
			return requireSums(t, string(page), service, alive)
		})
		require.NoError(t, telemetry.Shutdown(context.WithoutCancel(t.Context())))
	}
	require.Zero(t, c.stop(t), c.report())
}

// startFleet starts analyses that live as long as the test, and makes one call
// of those with an even number and two of the others.
func startFleet(t *testing.T, service string, alive int, opts ...instrument.Option) {
	t.Helper()
	tracers := instrument.WithTracerProvider(noop.NewTracerProvider())
	for i := range alive {
		ctx, analysis := instrument.StartAnalysis(t.Context(), fmt.Sprint(service, "_", i), tracers)
		t.Cleanup(analysis.End)
		for range 1 + i%2 {
			_, call := instrument.Start(ctx, instrument.CallStart{Provider: "gcp.gemini", Model: model},
				append(opts, tracers)...)
			call.End(instrument.CallResult{Usage: instrument.Usage{
				Status: instrument.StatusReported, Input: instrument.Known(100), Output: instrument.Known(11),
			}})
		}
	}
}

var (
	tokenSeries = regexp.MustCompile(`(?m)^spanledger_tokens_total\{(.*)\} (\S+)$`)
	seriesID    = regexp.MustCompile(`spanledger_analysis_id="([^"]*)"`)
)

// requireSums adds up the tokens of a service's analyses by their ids.
func requireSums(t *testing.T, page, service string, alive int) error {
	t.Helper()
	sums := map[string]int64{}
	for _, series := range tokenSeries.FindAllStringSubmatch(page, -1) {
		id := seriesID.FindStringSubmatch(series[1])
		require.NotNil(t, id, series[1])
		if strings.HasPrefix(id[1], service) {
			n, err := strconv.ParseFloat(series[2], 64)
			require.NoError(t, err)
			sums[id[1]] += int64(n)
		}
	}
	require.NotContains(t, page, "otel_metric_overflow")
	if len(sums) != alive {
		return errors.New(strconv.Itoa(len(sums)) + " analyses")
	}
	for i := range alive {
		id := fmt.Sprint(service, "_", i)
		require.EqualValues(t, 111*(1+i%2), sums[id], id)
	}
	return nil
}
