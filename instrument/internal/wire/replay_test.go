// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// TestReplay reads recorded exchanges and compares with what they must yield.
// With -recorded FILE it replays a file of the same form from elsewhere.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, r := range loadRecords(t) {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			asked, response, ok := r.replay(t, inOnePiece, r.end())
			if !ok {
				require.False(t, r.Expected.UsagePresent, "a call was not recognized")
				return
			}
			require.Contains(t, r.usages(t), response.Usage)
			requireModel(t, &r, asked.Model)
			requireAnswer(t, &r, &response)
		})
	}
}

// requireModel looks for the model that the record expects, or that its path names.
func requireModel(t *testing.T, r *record, model string) {
	t.Helper()
	if r.Expected.RequestModel != "" {
		require.Equal(t, r.Expected.RequestModel, model)
	}
	require.Contains(t, r.URLPath+r.Request, model)
}

func requireAnswer(t *testing.T, r *record, response *Response) {
	t.Helper()
	e := &r.Expected
	require.Equal(t, e.Model, response.Model)
	require.Equal(t, e.ResponseID, response.ID)
	require.Equal(t, strings.ToLower(strings.Join(e.FinishReasons, ",")), strings.Join(response.FinishReasons, ","))
	tier := e.Tier
	switch tier {
	case "ON_DEMAND", "on_demand", "default":
		tier = semconv.TierStandard
	}
	require.Equal(t, tier, response.ServiceTier)
	switch {
	case e.Error:
		require.Equal(t, strconv.Itoa(r.Status), response.ErrorType)
	case e.BlockReason != "":
		require.Equal(t, semconv.ErrorTypePromptBlocked, response.ErrorType)
	case e.ErrorInBody:
		require.NotEmpty(t, response.ErrorType)
	default:
		require.Empty(t, response.ErrorType)
	}
}

// TestReplay_Cuts reads the same whatever pieces the bodies come in.
func TestReplay_Cuts(t *testing.T) {
	t.Parallel()
	for _, r := range loadRecords(t) {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			asked, response, ok := r.replay(t, inOnePiece, r.end())
			if !ok {
				return
			}
			asked1, response1, _ := r.replay(t, inSingleBytes, r.end())
			require.Equal(t, asked, asked1)
			require.Equal(t, response, response1)
			for at := range max(len(r.Request), len(r.Response)) {
				asked1, response1, _ = r.replay(t, cutAt(at), r.end())
				require.Equal(t, asked, asked1, "cut at %d", at)
				require.Equal(t, response, response1, "cut at %d", at)
			}
		})
	}
}

// TestReplay_Truncated never believes more of the start of a body than a
// usage object that the whole body holds too.
func TestReplay_Truncated(t *testing.T) {
	t.Parallel()
	for _, r := range loadRecords(t) {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			whole := r.Response
			var before analysis.Usage
			changes := 0
			for length := range len(whole) {
				r.Response = whole[:length]
				_, response, ok := r.replay(t, inOnePiece, Cut)
				if !ok {
					return
				}
				usage := response.Usage
				if usage.Status == analysis.StatusReported {
					require.NotContains(t, whole[length:], "{", "reported before the end")
				}
				usage.Status = before.Status
				if usage != before {
					require.Contains(t, "}0123456789", whole[length-1:length], "usage changed in the middle of a value")
					changes++
				}
				before = usage
			}
			require.LessOrEqual(t, changes, strings.Count(whole, "sage")+strings.Count(whole, "token_count"))
		})
	}
}
