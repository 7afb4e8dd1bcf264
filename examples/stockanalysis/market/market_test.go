// SPDX-License-Identifier: Apache-2.0

package market

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the bundled files anew")

func TestBundled_FilesAreWhatTheRecipesMake(t *testing.T) {
	t.Parallel()
	for _, r := range madeUp {
		t.Run(r.Symbol, func(t *testing.T) {
			t.Parallel()
			var want bytes.Buffer
			require.NoError(t, WriteCSV(&want, r.Comment(), MakeUp(r)))
			path := filepath.Join("data", r.Symbol+".csv")
			if *update {
				require.NoError(t, os.WriteFile(path, want.Bytes(), 0o600))
			}
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, want.String(), string(got), "run go test with -update after a change of a recipe")
			require.True(t, strings.HasPrefix(string(got), "# Made-up daily prices"))
		})
	}
}

func TestBundled(t *testing.T) {
	t.Parallel()
	for _, symbol := range Symbols() {
		t.Run(symbol, func(t *testing.T) {
			t.Parallel()
			days, err := Bundled(symbol)
			require.NoError(t, err)
			require.Len(t, days, 250)
			for _, d := range days {
				require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, d.Date.Weekday())
				require.Positive(t, d.Volume)
			}
		})
	}
	t.Run("UnknownSymbolNamesTheKnown", func(t *testing.T) {
		t.Parallel()
		_, err := Bundled("../secret")
		require.ErrorIs(t, err, ErrUnknownSymbol)
		require.ErrorContains(t, err, "INFY, RELIANCE")
	})
}

func TestReadCSV(t *testing.T) {
	t.Parallel()
	const heading = "date,open,high,low,close,volume\n"
	tests := []struct{ name, in, wantErr string }{
		{name: "Empty", in: "", wantErr: "the first line must be"},
		{name: "WrongHeading", in: "a,b,c,d,e,f\n", wantErr: "the first line must be"},
		{name: "MissingColumn", in: "date,open\n", wantErr: "wrong number of fields"},
		{name: "BadDate", in: heading + "monday,1,2,1,2,3\n", wantErr: "row 1: date"},
		{name: "BadPrice", in: heading + "2024-07-01,1,x,1,2,3\n", wantErr: "row 1: price"},
		{name: "BadVolume", in: heading + "2024-07-01,1,2,1,2,3.5\n", wantErr: "row 1: volume"},
		{name: "NegativeVolume", in: heading + "2024-07-01,1,2,1,2,-3\n", wantErr: "volume is negative"},
		{name: "ZeroPrice", in: heading + "2024-07-01,0,2,0,2,3\n", wantErr: "not above zero"},
		{name: "CloseAboveHigh", in: heading + "2024-07-01,1,2,1,3,3\n", wantErr: "outside of low and high"},
		{name: "NotANumber", in: heading + "2024-07-01,1,NaN,1,1,3\n", wantErr: "not a number"},
		{name: "SameDayTwice", in: heading + "2024-07-01,1,2,1,2,3\n2024-07-01,1,2,1,2,3\n", wantErr: "not after"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadCSV(strings.NewReader(tt.in))
			require.ErrorContains(t, err, tt.wantErr)
		})
	}
	t.Run("CommentsAndRows", func(t *testing.T) {
		t.Parallel()
		days, err := ReadCSV(strings.NewReader("# mine\n" + heading + "2024-07-01,1.50,2,1,1.75,3\n"))
		require.NoError(t, err)
		date := time.Date(2024, time.July, 1, 0, 0, 0, 0, time.UTC)
		require.Equal(t, []Day{{Date: date, Open: 1.5, High: 2, Low: 1, Close: 1.75, Volume: 3}}, days)
	})
}
