// SPDX-License-Identifier: Apache-2.0

package client

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWays_Allocations holds what the ways may allocate for a call beyond the
// bare client. It is not parallel: the whole process is counted.
func TestWays_Allocations(t *testing.T) {
	tests := []struct {
		workload Workload
		way      Way
		limit    float64
	}{
		{NewUnary("unary", kilo), Ours(), 25},
		{NewUnary("unary", kilo), OursNoSDK(), 1},
		{NewStream("stream", 20, 200), Ours(), 31},
	}
	for _, tt := range tests {
		t.Run(tt.workload.Name+"/"+tt.way.Name, func(t *testing.T) {
			tt.workload.Weight = 1
			comparison := Comparison{Ways: []Way{Bare(), tt.way}, Rounds: 8, Few: 20, Many: 120}
			figures, err := comparison.Measure(t.Context(), &tt.workload)
			require.NoError(t, err)
			require.LessOrEqual(t, math.Round(figures[1].Over.Allocs), tt.limit+racy)
		})
	}
}

// TestHeap holds that a stream of 10 MB is not kept.
func TestHeap(t *testing.T) {
	workload := NewStream("10 MB", 160, 64*kilo)
	for _, way := range []Way{Bare(), Ours()} {
		held, err := heldBy(t.Context(), way, &workload)
		require.NoError(t, err)
		require.Positive(t, held, way.Name)
		require.Less(t, held, uint64(1<<20), way.Name)
	}
}
