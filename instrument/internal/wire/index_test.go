// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIndex_Tables holds that every object of every table has its index, but
// for those of two keys, which are found as fast without.
func TestIndex_Tables(t *testing.T) {
	t.Parallel()
	for _, root := range []*node{
		geminiRequestPaths, geminiResponsePaths, openaiRequestPaths, openaiChatPaths, openaiResponsesPaths,
		anthropicRequestPaths, anthropicPaths, interactionsRequestPaths, interactionsPaths,
	} {
		requireIndex(t, root)
	}
}

func requireIndex(t *testing.T, n *node) {
	t.Helper()
	require.True(t, len(n.children) <= 2 || n.index.slots != nil, n.key)
	for _, child := range n.children {
		require.Same(t, child, n.exact([]byte(child.key)))
		requireIndex(t, child)
	}
}

// TestIndex_Alike holds that keys which no hash tells apart are found.
func TestIndex_Alike(t *testing.T) {
	t.Parallel()
	root := compile(noField, path{"a1234z", 1}, path{"a5236z", 2}, path{"other", 3})
	require.Nil(t, root.index.slots)
	require.Equal(t, field(1), root.child([]byte("a1234z")).field)
	require.Equal(t, field(2), root.child([]byte("a5236z")).field)
	require.Nil(t, root.child([]byte("a5234z")))
}
