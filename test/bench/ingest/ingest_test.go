// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test binary what the program is: it runs itself again as
// the Collector.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == collectorCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

// BenchmarkIngest runs the whole comparison with a small load, so that it
// keeps working. For figures run the program.
func BenchmarkIngest(b *testing.B) {
	for b.Loop() {
		var out strings.Builder
		args := []string{"-rounds=1", "-requests=2", "-upserts=20", "-variant=GOGC=200"}
		require.NoError(b, run(b.Context(), args, &out))
		require.Equal(b, 2, strings.Count(out.String(), twoName), out.String())
	}
}

func TestParseVariant(t *testing.T) {
	t.Parallel()
	require.Equal(t, variant{
		args:        []string{"--feature-gates=+a.b", "--feature-gates=-c", "--set=exporters.x.y=1"},
		environment: []string{"GOGC=400"},
	}, parseVariant("+a.b -c GOGC=400 exporters.x.y=1"))
	require.Zero(t, parseVariant(""))
}

func TestRatio(t *testing.T) {
	t.Parallel()
	run := func(calls int) figures { return figures{calls: calls, elapsed: 1} }
	require.InDelta(t, 0.5, ratio([]figures{run(1), run(9), run(2)}, []figures{run(2), run(9), run(8)}), 1e-9)
}

// TestRequests makes requests of calls that are all different, and some of one
// analysis each time where analyses are long.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, w := range workloads() {
		c := comparison{}
		var err error
		c.work, err = w.requests(3)
		require.NoError(t, err)
		spans, err := c.spans(1 << 20)
		require.NoError(t, err)
		require.Len(t, spans, c.calls())
		keys, analyses := map[[8]byte]bool{}, map[string]bool{}
		for _, s := range spans {
			keys[s.SpanID()] = true
			id, _ := s.Attributes().Get("spanledger.analysis.id")
			analyses[id.Str()] = true
		}
		require.Len(t, keys, c.calls())
		if w.shape.AtOnce > 0 {
			require.Len(t, analyses, w.shape.AtOnce)
		} else {
			require.Greater(t, len(analyses), 1000)
		}
	}
}
