// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func TestUsage_Unaccounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		usage analysis.Usage
		want  analysis.Count
	}{
		"adds up":             {analysis.Usage{Input: analysis.Known(3), Output: analysis.Known(4), ProviderTotal: analysis.Known(7)}, analysis.Known(0)},
		"provider has more":   {analysis.Usage{Input: analysis.Known(3), Output: analysis.Known(4), ProviderTotal: analysis.Known(9)}, analysis.Known(2)},
		"provider has less":   {analysis.Usage{Input: analysis.Known(3), Output: analysis.Known(4), ProviderTotal: analysis.Known(6)}, analysis.Known(-1)},
		"no total":            {analysis.Usage{Input: analysis.Known(3), Output: analysis.Known(4)}, analysis.Unknown()},
		"output not known":    {analysis.Usage{Input: analysis.Known(3), ProviderTotal: analysis.Known(7)}, analysis.Known(4)},
		"nothing is known":    {analysis.Usage{}, analysis.Unknown()},
		"only total is known": {analysis.Usage{ProviderTotal: analysis.Known(7)}, analysis.Known(7)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.usage.Unaccounted())
		})
	}
}

func TestUsage_Total(t *testing.T) {
	t.Parallel()
	usage := analysis.Usage{Input: analysis.Known(3)}
	require.Equal(t, analysis.Known(3), usage.Total())
	usage = analysis.Usage{}
	require.Equal(t, analysis.Unknown(), usage.Total())
}

func TestUsage_LargestRequest(t *testing.T) {
	t.Parallel()
	usage := analysis.Usage{}
	require.Equal(t, analysis.Unknown(), usage.LargestRequest())
	usage.Input = analysis.Known(3)
	require.Equal(t, analysis.Known(3), usage.LargestRequest(), "it was one request")
	usage.LargestInput = analysis.Known(0)
	require.Equal(t, analysis.Known(0), usage.LargestRequest())
}

func TestParseUsageStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []analysis.UsageStatus{
		analysis.StatusUnknown, analysis.StatusReported, analysis.StatusPartial, analysis.StatusEstimated,
	} {
		parsed, err := analysis.ParseUsageStatus(status.String())
		require.NoError(t, err)
		require.Equal(t, status, parsed)
	}
	_, err := analysis.ParseUsageStatus("exact")
	require.ErrorContains(t, err, `"exact"`)
}
