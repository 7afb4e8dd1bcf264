// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func TestValue_Count(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]analysis.Count{
		"0": known(0), "-0": known(0), "40": known(40), "40.0": known(40), "4e1": known(40), "1000000000000": known(maxCount),
		"40.5": unknown, "-1": unknown, "1000000000001": unknown, "1e400": unknown, "": unknown, "0x1p4": unknown,
		"Infinity": unknown, "NaN": unknown, "1_0": unknown, "4 0": unknown, "true": unknown,
	} {
		require.Equal(t, want, value(text).count(), text)
	}
}

func TestValue_Number(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"0.5": 0.5, "-1": -1, "5e-1": 0.5} {
		got, ok := value(text).number()
		require.True(t, ok, text)
		require.InDelta(t, want, got, 0, text)
	}
	for _, text := range []string{"", "+0.5", ".5", "0x1p4", "0X1P4", "inf", "nan", "-Infinity", "-inf", "1e400"} {
		_, ok := value(text).number()
		require.False(t, ok, text)
	}
}

// TestValue_Integer keeps to what a float64 holds exactly.
func TestValue_Integer(t *testing.T) {
	t.Parallel()
	n, ok := value("9007199254740992.0").integer()
	require.True(t, ok)
	require.EqualValues(t, maxExact, n)
	for _, text := range []string{"9007199254740994.0", "1e300", "-1e300", "9223372036854775808"} {
		_, ok = value(text).integer()
		require.False(t, ok, text)
	}
}
