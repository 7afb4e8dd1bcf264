// SPDX-License-Identifier: Apache-2.0

package analysis_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func TestCount_UnknownIsNotZero(t *testing.T) {
	t.Parallel()
	var zero analysis.Count
	require.Equal(t, analysis.Unknown(), zero)
	require.NotEqual(t, analysis.Known(0), zero)

	_, known := zero.Value()
	require.False(t, known)
	n, known := analysis.Known(0).Value()
	require.True(t, known)
	require.Zero(t, n)
}

func TestCount_Add(t *testing.T) {
	t.Parallel()
	require.Equal(t, analysis.Known(5), analysis.Known(2).Add(analysis.Known(3)))
	require.Equal(t, analysis.Known(2), analysis.Known(2).Add(analysis.Unknown()))
	require.Equal(t, analysis.Unknown(), analysis.Unknown().Add(analysis.Unknown()))
}

func TestCount_String(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -1000: "-1,000", -12: "-12",
	} {
		require.Equal(t, want, analysis.Known(n).String())
	}
	require.Equal(t, "unknown", analysis.Unknown().String())
}

func TestCount_JSON(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal([]analysis.Count{analysis.Known(0), analysis.Unknown(), analysis.Known(1234)})
	require.NoError(t, err)
	require.Equal(t, "[0,null,1234]", string(encoded))

	var counts []analysis.Count
	require.NoError(t, json.Unmarshal(encoded, &counts))
	require.Equal(t, []analysis.Count{analysis.Known(0), analysis.Unknown(), analysis.Known(1234)}, counts)
	require.Error(t, json.Unmarshal([]byte(`["many"]`), &counts))
}
