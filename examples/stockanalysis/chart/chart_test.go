// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

func TestDraw(t *testing.T) {
	t.Parallel()
	bundled, err := market.Bundled("RELIANCE")
	require.NoError(t, err)
	tests := map[string][]market.Day{
		"Bundled":           bundled,
		"FlatAndNoneTraded": flat(indicator.MinDays),
	}
	for name, days := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			series, err := indicator.Compute(days)
			require.NoError(t, err)
			set, err := Draw("RELIANCE", days, series)
			require.NoError(t, err)
			for _, picture := range set.Files() {
				requirePicture(t, picture)
			}
		})
	}
}

func requirePicture(t *testing.T, picture []byte) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 960, 540), img.Bounds())
	colors := make(map[any]bool)
	for x := 0; x < 960; x += 3 {
		for y := 0; y < 540; y += 3 {
			colors[img.At(x, y)] = true
		}
	}
	require.Greater(t, len(colors), 10, "the picture is not empty")
}

func TestSet_FilesStopsWhenTold(t *testing.T) {
	t.Parallel()
	count := 0
	for range (Set{}).Files() {
		count++
		if count == 2 {
			break
		}
	}
	require.Equal(t, 2, count)
}

func TestValueTicks(t *testing.T) {
	t.Parallel()
	require.Equal(t, "12M", short(12_000_000))
	require.Equal(t, "-1.5M", short(-1_500_000))
	require.Equal(t, "1350", short(1350))
}

func flat(n int) []market.Day {
	days := make([]market.Day, n)
	for i := range days {
		days[i] = market.Day{
			Date: time.Date(2024, time.January, 1+i, 0, 0, 0, 0, time.UTC),
			Open: 10, High: 10, Low: 10, Close: 10,
		}
	}
	return days
}
