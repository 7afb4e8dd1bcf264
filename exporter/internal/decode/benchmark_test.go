// SPDX-License-Identifier: Apache-2.0

//go:build unix

package decode_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/exporter/internal/decode"
	"github.com/spanledger/spanledger/internal/analysis"
)

const benchmarkSpans = 1000

// BenchmarkDecoder_Decode reads batches of calls as our own clients write
// them.
func BenchmarkDecoder_Decode(b *testing.B) {
	decoder, td := decode.New(defaults()), callTraces(benchmarkSpans)
	perSpan(b, func() {
		result := decoder.Decode(td)
		require.Len(b, result.Calls, benchmarkSpans)
		decoder.Release(&result)
	})
}

// BenchmarkDecoder_Decode_Ignored reads spans that are no calls: what the
// exporter costs a pipeline that carries all the spans of a service.
func BenchmarkDecoder_Decode_Ignored(b *testing.B) {
	decoder, td := decode.New(defaults()), ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for range benchmarkSpans {
		attributes := spans.AppendEmpty().Attributes()
		for i := range 12 {
			attributes.PutStr(fmt.Sprintf("http.request.header.%d", i), "value")
		}
	}
	perSpan(b, func() {
		require.Equal(b, benchmarkSpans, decoder.Decode(td).Ignored)
	})
}

// BenchmarkDecoder_Decode_AndFold adds the fold in memory: all the work on a
// span before a store sees it.
func BenchmarkDecoder_Decode_AndFold(b *testing.B) {
	decoder, td := decode.New(defaults()), callTraces(benchmarkSpans)
	var groups []analysis.Group
	perSpan(b, func() {
		result := decoder.Decode(td)
		groups = analysis.AppendGroups(groups[:0], result.Calls)
		require.NotEmpty(b, groups)
		decoder.Release(&result)
	})
}

// perSpan reports the CPU time of the whole process, its garbage collection
// included, for each span.
func perSpan(b *testing.B, work func()) {
	b.Helper()
	b.ReportAllocs()
	before := cpuTime(b)
	n := 0
	for b.Loop() {
		work()
		n++
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(n)/benchmarkSpans, "cpu-ns/span")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
