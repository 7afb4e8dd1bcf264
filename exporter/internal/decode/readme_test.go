// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestREADME_Names: users can look up every name that is read.
func TestREADME_Names(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for f := range fieldNames {
		require.NotEmpty(t, fieldNames[f])
		for _, name := range fieldNames[f] {
			require.False(t, seen[name], "%s is read for two fields", name)
			seen[name] = true
			require.Contains(t, string(text), "`"+name+"`")
		}
	}
}
