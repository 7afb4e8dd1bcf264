// SPDX-License-Identifier: Apache-2.0

package semconv

import "runtime/debug"

// ScopeVersion returns the version of this module in the running program, for
// the scope of its spans and metrics; "" where the build does not tell, as
// that of the module's own tests.
func ScopeVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return scopeVersion(info)
}

func scopeVersion(info *debug.BuildInfo) string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != "github.com/spanledger/spanledger" {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version == "(devel)" {
			return ""
		}
		return m.Version
	}
	return ""
}
