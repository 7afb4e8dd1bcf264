// SPDX-License-Identifier: Apache-2.0

package semconv

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScopeVersion(t *testing.T) {
	t.Parallel()
	module := "github.com/spanledger/spanledger"
	other := &debug.Module{Path: "example.com/other", Version: "v9.0.0"}
	for name, tt := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"Dependency": {debug.BuildInfo{Main: *other, Deps: []*debug.Module{{Path: module, Version: "v1.2.3"}}}, "v1.2.3"},
		"Main":       {debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}}, "v1.2.3"},
		"Own":        {debug.BuildInfo{Main: debug.Module{Path: module, Version: "(devel)"}}, ""},
		"Replaced": {debug.BuildInfo{Deps: []*debug.Module{
			{Path: module, Version: "v1.2.3", Replace: &debug.Module{Path: "../fork"}},
		}}, ""},
		"Fork": {debug.BuildInfo{Deps: []*debug.Module{
			{Path: module, Version: "v1.2.3", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.2.4"}},
		}}, "v1.2.4"},
		"NotThere": {debug.BuildInfo{Main: *other}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, scopeVersion(&tt.info))
		})
	}
	require.NotContains(t, ScopeVersion(), "devel")
}
