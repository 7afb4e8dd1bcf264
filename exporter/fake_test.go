// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/semconv"
)

// fakeStore keeps calls by their key. Its fields are set before it is used.
type fakeStore struct {
	ledger.Reader
	// refuse, where it is set, may refuse a batch.
	refuse func(*ledger.Batch) error
	// maintain, where it is set, takes the place of Maintain.
	maintain func(context.Context) error

	mu     sync.Mutex
	calls  map[analysis.SpanKey]analysis.Call
	closed map[analysis.SpanKey]analysis.Closed
	folds  int
	ended  bool
}

func (s *fakeStore) Fold(_ context.Context, b *ledger.Batch) (ledger.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folds++
	if s.refuse != nil {
		if err := s.refuse(b); err != nil {
			return ledger.Outcome{}, err
		}
	}
	if s.calls == nil {
		s.calls, s.closed = map[analysis.SpanKey]analysis.Call{}, map[analysis.SpanKey]analysis.Closed{}
	}
	var outcome ledger.Outcome
	for i := range b.Calls {
		if _, again := s.calls[b.Calls[i].Key]; again {
			outcome.Duplicate++
			continue
		}
		s.calls[b.Calls[i].Key] = b.Calls[i]
		outcome.Folded++
	}
	for i := range b.Closed {
		s.closed[b.Closed[i].Key] = b.Closed[i]
	}
	return outcome, nil
}

func (s *fakeStore) Prune(context.Context, time.Time) (int64, error) { return 0, nil }

func (s *fakeStore) Maintain(ctx context.Context) error {
	if s.maintain == nil {
		return nil
	}
	return s.maintain(ctx)
}

func (s *fakeStore) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

func (s *fakeStore) count() (calls, closed, folds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls), len(s.closed), s.folds
}

func (s *fakeStore) opener() opener {
	return func(context.Context, *Config) (ledger.Store, error) { return s, nil }
}

// testConfig returns the defaults, changed by f.
func testConfig(f func(*Config)) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.DSN = "sqlite:ledger.db"
	if f != nil {
		f(cfg)
	}
	return cfg
}

// sqliteConfig returns the defaults over a new ledger of its own.
func sqliteConfig(t *testing.T) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	return testConfig(func(c *Config) { c.DSN = configopaque.String("sqlite:" + path) })
}

func testSettings() collectorexporter.Settings {
	return exportertest.NewNopSettings(component.MustNewType(componentType))
}

// unmeasured returns metrics that nobody reads.
func unmeasured(t *testing.T) *telemetry {
	t.Helper()
	metrics, err := newTelemetry(testSettings())
	require.NoError(t, err)
	return metrics
}

// measured returns settings whose metrics can be read.
func measured(t *testing.T) (collectorexporter.Settings, *componenttest.Telemetry) {
	t.Helper()
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, tel.Shutdown(context.WithoutCancel(t.Context()))) })
	set := testSettings()
	set.TelemetrySettings = tel.NewTelemetrySettings()
	return set, tel
}

// counts returns the values of a counter by the one attribute that is not the
// exporter's name, "" for a counter without.
func counts(t *testing.T, tel *componenttest.Telemetry, name string) map[string]int64 {
	t.Helper()
	m, err := tel.GetMetric(name)
	if err != nil {
		return map[string]int64{} // nothing counted yet
	}
	values := map[string]int64{}
	for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if point.Value == 0 {
			continue // there from the start
		}
		key := ""
		for _, kv := range point.Attributes.ToSlice() {
			if string(kv.Key) != attributeExporter {
				key = kv.Value.AsString()
			}
		}
		values[key] = point.Value
	}
	return values
}

// testStart lies within every retention.
var testStart = time.Now().UTC().Truncate(time.Second).Add(-time.Hour)

// callTraces returns n calls of analyses of six, each analysis with its end.
func callTraces(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		fillCall(spans.AppendEmpty(), i)
		if i%6 == 5 || i == n-1 {
			closed := spans.AppendEmpty()
			fillSpan(closed, i/6, 1_000_000+i/6)
			closed.SetName(semconv.AnalysisSpanName)
			closed.Attributes().PutInt(semconv.AnalysisCalls, int64(i%6+1))
		}
	}
	return td
}

func fillCall(span ptrace.Span, i int) {
	fillSpan(span, i/6, i+1)
	a := span.Attributes()
	a.PutStr(semconv.OperationName, semconv.OperationGenerateContent)
	a.PutStr(semconv.ProviderName, semconv.ProviderGemini)
	a.PutStr(semconv.RequestModel, "gemini-2.5-flash")
	a.PutStr(semconv.CallType, fmt.Sprintf("step_%d", i%6))
	a.PutInt(semconv.UsageInputTokens, int64(100+i))
	a.PutInt(semconv.UsageOutputTokens, int64(10+i))
}

func fillSpan(span ptrace.Span, analysisNumber, id int) {
	start := testStart.Add(time.Duration(id%3600) * time.Second)
	span.SetTraceID(testTraceID(analysisNumber + 1))
	span.SetSpanID(testSpanID(id))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second)))
	span.Attributes().PutStr(semconv.AnalysisID, fmt.Sprintf("analysis_%d", analysisNumber))
}

func testTraceID(n int) (id pcommon.TraceID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func testSpanID(n int) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}
