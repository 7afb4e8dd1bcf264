// SPDX-License-Identifier: Apache-2.0

package client

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestComparison_Table makes few calls and reads the tables.
func TestComparison_Table(t *testing.T) {
	comparison := Comparison{
		Ways: append(Ways(), Way{Name: "another"}), Workloads: []Workload{
			NewUnary("unary", kilo), NewStream("stream", 3, 20),
		},
		Rounds: 2, Few: 1, Many: 11,
	}
	var out strings.Builder
	require.NoError(t, comparison.Run(t.Context(), &out))
	require.Equal(t, 2, strings.Count(out.String(), "over bare"), out.String())
	for _, way := range comparison.Ways {
		rows := regexp.MustCompile(`(?m)^ *`+way.Name+` +\d+\.\d`).FindAllString(out.String(), -1)
		require.Len(t, rows, 2, way.Name)
	}
	require.ErrorContains(t, Main(t.Context(), []string{"-rounds", "many"}, &out), "invalid value")
}
