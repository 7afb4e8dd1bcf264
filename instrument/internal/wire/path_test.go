// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompile(t *testing.T) {
	t.Parallel()
	root := compile(
		1,
		path{"a.b", 2},
		path{"a", 3},
		path{"list[].c", 4},
		path{"words[]", 5},
		path{"here{}", 6},
		path{"snake_case", 7},
		path{"cut~", 8},
	)
	require.Equal(t, field(1), root.field)

	a := root.child([]byte("a"))
	require.Equal(t, field(3), a.field)
	require.True(t, a.object)
	require.Equal(t, field(2), a.child([]byte("b")).field)

	list := root.child([]byte("list"))
	require.True(t, list.list && list.object)
	require.Equal(t, noField, list.field)
	require.Equal(t, field(4), list.child([]byte("c")).field)

	words := root.child([]byte("words"))
	require.True(t, words.list && !words.object)

	require.True(t, root.child([]byte("here")).object)
	require.True(t, root.child([]byte("cut")).cut)
	require.Equal(t, field(8), root.child([]byte("cut")).field)
	require.Equal(t, field(7), root.child([]byte("snake_case")).field)
	require.Nil(t, root.child([]byte("snakeCase")))
	require.Nil(t, root.child(nil))
}

func TestEqualCamel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		camel, snake string
		want         bool
	}{
		{"topP", "top_p", true},
		{"maxOutputTokens", "max_output_tokens", true},
		{"topP", "top__p", false},
		{"top_p", "top__p", false},
		{"topP", "top_pp", false},
		{"topP", "topp_", false},
		{"topP", "_top_p", false},
		{"topP", "top_P", true},
		{"topP", "topP", false},
	}
	for _, tt := range tests {
		t.Run(tt.snake, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, equalCamel(tt.camel, []byte(tt.snake)))
		})
	}
}
