// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/pgtest"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3, Median([]int{9, 1, 3}))
	require.Equal(t, 3, Median([]int{9, 1, 4, 3}))
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	require.Equal(t, "wanted >= 0.5", AtLeast(0.5, 0.5))
	require.Equal(t, "wanted >= 0.5: MISSED", AtLeast(0.4, 0.5))
	require.Equal(t, "wanted <= 700", AtMost(700, 700))
	require.Equal(t, "wanted <= 700: MISSED", AtMost(701, 700))
}

func TestParseProcess(t *testing.T) {
	t.Parallel()
	p, err := parseProcess("7 (a (b) c) S 3 7 7 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0")
	require.NoError(t, err)
	require.Equal(t, process{parent: 3, cpu: 1240 * time.Millisecond}, p)
	_, err = parseProcess("7 (a) S 3")
	require.Error(t, err)
}

func TestProcessCPU(t *testing.T) {
	t.Parallel()
	_, err := ProcessCPU(os.Getpid())
	require.NoError(t, err)
	_, err = ProcessCPU(-1)
	require.Error(t, err)
}

func TestServer(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s, err := Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(t.Context())) }()
	before, err := s.Usage(t.Context())
	require.NoError(t, err)
	_, err = s.Exec(t.Context(), `CREATE TABLE call_1 (n int PRIMARY KEY);
		CREATE TABLE other (n int);
		INSERT INTO call_1 SELECT generate_series(1, 10000);
		INSERT INTO other VALUES (1)`)
	require.NoError(t, err)
	after, err := s.Usage(t.Context())
	require.NoError(t, err)
	used := after.Since(before)
	require.GreaterOrEqual(t, used.CPU, time.Duration(0))
	require.Greater(t, used.WAL, int64(10_000))

	disk, err := s.Disk(t.Context(), pgtest.Schema(t, dsn), `call\_%`)
	require.NoError(t, err)
	require.Greater(t, disk.Heap, int64(300_000))
	require.Greater(t, disk.Indexes, int64(100_000))
	require.EqualValues(t, 8192, disk.Sums)
}
