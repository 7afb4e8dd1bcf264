// SPDX-License-Identifier: Apache-2.0

package app

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/cli"
)

func TestCollector_Help(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			var stdout, stderr strings.Builder
			require.Zero(t, Main(t.Context(), append([]string{"collector"}, args...), &stdout, &stderr))
			require.Contains(t, stdout.String(), "with the spanledger exporter built in")
			require.Contains(t, stdout.String(), "spanledger collector [flags]")
			require.NotContains(t, stdout.String(), "completion")
			require.Empty(t, stderr.String())
		})
	}
}

func TestCollector_WrongUse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--set=a=b"}, {"nonsense"}, {"--config", "c.yaml", "--nonsense"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			var stdout, stderr strings.Builder
			code := Main(t.Context(), append([]string{"collector"}, args...), &stdout, &stderr)
			require.Equal(t, cli.ExitWrongUse, code)
			require.Contains(t, stderr.String(), "spanledger: collector: ")
			require.Empty(t, stdout.String())
		})
	}
}
