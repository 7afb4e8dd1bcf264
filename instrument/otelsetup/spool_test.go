// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// protoBatch returns a batch with a span of each name.
func protoBatch(names ...string) []*tracepb.ResourceSpans {
	scope := &tracepb.ScopeSpans{SchemaUrl: "scope"}
	for _, name := range names {
		scope.Spans = append(scope.Spans, &tracepb.Span{Name: name})
	}
	return []*tracepb.ResourceSpans{{SchemaUrl: "resource", ScopeSpans: []*tracepb.ScopeSpans{scope}}}
}

// TestSpool_OrderOutlivesProcess reopens a spool whose first batches are gone.
func TestSpool_OrderOutlivesProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, corrupt, err := openSpool(dir, defaultSpill)
	require.NoError(t, err)
	require.Zero(t, corrupt)
	for _, name := range []string{"a", "b", "c", "d"} {
		_, err := s.put(protoBatch(name, name))
		require.NoError(t, err)
	}
	for range 3 {
		oldest, ok := s.head()
		require.True(t, ok)
		s.remove(oldest)
	}
	require.Equal(t, int64(2), s.spans())
	require.NoError(t, s.close())

	s, _, err = openSpool(dir, defaultSpill)
	require.NoError(t, err)
	_, err = s.put(protoBatch("e"))
	require.NoError(t, err)
	require.Equal(t, int64(3), s.spans())
	require.Equal(t, int64(2*blockSize), s.size)
	require.NoError(t, s.close())

	s, _, err = openSpool(dir, defaultSpill)
	require.NoError(t, err)
	for _, want := range []string{"d", "e"} {
		oldest, ok := s.head()
		require.True(t, ok)
		batch, err := s.read(oldest)
		require.NoError(t, err)
		require.Equal(t, want, flatten(batch)[0].span.GetName())
		s.remove(oldest)
	}
	require.True(t, s.empty())
	require.Zero(t, s.size)
	require.NoError(t, s.close())
}

func TestParseSegment(t *testing.T) {
	t.Parallel()
	want := segment{number: 7, spans: 512}
	for _, name := range []string{want.name(), want.name() + partialEnd} {
		got, ok := parseSegment(name)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	for _, name := range []string{"lock", "README", "7-512.spans", want.name() + ".gz", want.name() + asideEnd} {
		_, ok := parseSegment(name)
		require.False(t, ok, name)
	}
}

// TestRegroup takes a batch apart and puts it together again.
func TestRegroup(t *testing.T) {
	t.Parallel()
	batch := append(protoBatch("a", "b"), protoBatch("c")...)
	batch[0].ScopeSpans = append(batch[0].ScopeSpans, protoBatch("d")[0].GetScopeSpans()...)
	require.True(t, proto.Equal(
		&tracepb.TracesData{ResourceSpans: batch}, &tracepb.TracesData{ResourceSpans: regroup(flatten(batch))}))
	require.Equal(t, int64(4), countSpans(batch))

	part := regroup(flatten(batch)[1:3]) // b and d
	require.Equal(t, int64(2), countSpans(part))
	require.Equal(t, "resource", part[0].GetSchemaUrl())
	require.Equal(t, "scope", part[0].GetScopeSpans()[1].GetSchemaUrl())
}

func FuzzDecodeSegment(f *testing.F) {
	data, err := encodeSegment(protoBatch("a", "b"))
	require.NoError(f, err)
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add([]byte(segmentMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		batch, err := decodeSegment(data)
		if err != nil {
			require.ErrorIs(t, err, errCorrupt)
			return
		}
		again, err := encodeSegment(batch)
		require.NoError(t, err)
		_, err = decodeSegment(again)
		require.NoError(t, err)
	})
}

// TestSpool_SetAsideKeepsEarlierFiles damages the first batch of two
// processes: the file of the second does not replace that of the first.
func TestSpool_SetAsideKeepsEarlierFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for process := range 3 {
		s, _, err := openSpool(dir, defaultSpill)
		require.NoError(t, err)
		bad, err := s.put(protoBatch("a"))
		require.NoError(t, err)
		s.setAside(bad, s.path(bad))
		aside, err := filepath.Glob(filepath.Join(dir, "*"+asideEnd))
		require.NoError(t, err)
		require.Len(t, aside, process+1)
		require.Equal(t, int64(process+1)*blockSize, s.size)
		require.NoError(t, s.close())
	}
}
