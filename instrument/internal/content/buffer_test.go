// SPDX-License-Identifier: Apache-2.0

package content_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

// TestBuffer_Media has media before a text that must not be lost for it.
func TestBuffer_Media(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"Plain":   strings.Repeat("A+/9", 1<<14),
		"Slashes": strings.Repeat(`\/+a9`, 1<<14),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"` + data +
				`"}},{"text":"What is this?"}]}]}`
			for _, size := range []int{1, 3, 1000, len(body)} {
				b := content.NewBuffer(8 << 10)
				for p := body; p != ""; p = p[min(size, len(p)):] {
					b.Write([]byte(p[:min(size, len(p))]))
				}
				require.Zero(t, b.Missing())
				require.Less(t, len(b.Bytes()), 2000)
				c, _ := content.Read(b, nil)
				require.Len(t, c.Input[0].Parts, 2)
				require.InEpsilon(t, len(data)*3/4, c.Input[0].Parts[0].Size, 0.01)
				require.Equal(t, "What is this?", c.Input[0].Parts[1].Content)
			}
		})
	}
}

// TestBuffer_Text has what looks like media and is none: it stays as it is.
func TestBuffer_Text(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"Words":         `{"a":"` + strings.Repeat("word ", 2000) + `"}`,
		"Chinese":       `{"a":"` + strings.Repeat("价格", 2000) + `"}`,
		"Escapes":       `{"a":"` + strings.Repeat(`\u4ef7\n\"`, 2000) + `"}`,
		"OutsideString": strings.Repeat("0123456789", 1000),
		"Lines":         `"` + strings.Repeat(strings.Repeat("a", 1000)+"\n", 10),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, body, string(buffered(body).Bytes()))
		})
	}
}

// TestBuffer_EscapeAfterMedia keeps an escape in one piece.
func TestBuffer_EscapeAfterMedia(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 3000)
	got := string(buffered(`{"a":"` + long + `\" and \n ` + long + `\u00e9 so"}`).Bytes())
	require.Equal(t, `{"a":"`+long[:1024]+`…[+1976 bytes]\" and \n `+long[:1024]+`…[+1976 bytes]\u00e9 so"}`, got)
}

func TestBuffer_Limit(t *testing.T) {
	t.Parallel()
	b := content.NewBuffer(10)
	b.Write([]byte("0123456"))
	b.Write([]byte("789abc"))
	require.Equal(t, "0123456789", string(b.Bytes()))
	require.EqualValues(t, 3, b.Missing())
	_, cut := content.Read(nil, b)
	require.Equal(t, content.Cut{Response: true}, cut)
}

func TestBuffer_Discard(t *testing.T) {
	t.Parallel()
	b := content.NewBuffer(10)
	b.Discard()
	b.Write([]byte("gzip"))
	require.Empty(t, b.Bytes())
	require.False(t, b.Readable())

	var none *content.Buffer
	none.Discard()
	none.Write([]byte("x"))
	require.Empty(t, none.Bytes())
	require.False(t, none.Readable())
}
