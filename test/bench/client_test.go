// SPDX-License-Identifier: Apache-2.0

// Package bench measures what counting costs, beside the way without it: a
// client bare and wrapped, the exporter and the least that its database can
// do. README.md has the commands.
package bench

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/test/bench/client"
)

// BenchmarkClient makes calls through Google's SDK in every way that we
// compare. For the differences between them run the program compare, which
// takes turns; this is for profiles.
func BenchmarkClient(b *testing.B) {
	for _, workload := range client.Workloads() {
		for _, way := range client.Ways() {
			b.Run(workload.Name+"/"+way.Name, func(b *testing.B) {
				b.ReportAllocs()
				require.NoError(b, client.Calls(b.Context(), way, &workload, b.N))
			})
		}
	}
}
