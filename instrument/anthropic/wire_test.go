// SPDX-License-Identifier: Apache-2.0

package anthropic_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/ssestream"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/wiretest"
	"github.com/spanledger/spanledger/internal/analysis"
)

// teller makes up what the provider streams.
type teller struct{ wiretest.Teller }

// TestWire_AgreesWithSDK reads made-up streams as anthropic-sdk-go's own
// Accumulate does, and fails where its stream fails.
func TestWire_AgreesWithSDK(t *testing.T) {
	t.Parallel()
	tell := teller{wiretest.NewTeller(13)}
	for range 400 {
		body := tell.messages(t)
		stream := ssestream.NewStream[anthropic.MessageStreamEventUnion](
			ssestream.NewDecoder(wiretest.Served(body)),
			nil,
		)
		var whole anthropic.Message
		for stream.Next() {
			require.NoError(t, whole.Accumulate(stream.Current()), body)
		}
		got := tell.Read(t, "/v1/messages", body)
		require.Equal(t, stream.Err() != nil, got.ErrorType != "", body)
		require.Equal(t, whole.ID, got.ID, body)
		require.Equal(t, whole.Model, got.Model, body)
		reason := cmp.Or(string(whole.StopReason), "error")
		require.Equal(t, []string{reason}, got.FinishReasons, body)

		u := &whole.Usage
		require.Equal(t, analysis.Usage{
			Status:     got.Usage.Status,
			Input:      analysis.Known(u.InputTokens + u.CacheReadInputTokens + u.CacheCreationInputTokens),
			Output:     analysis.Known(u.OutputTokens),
			CacheRead:  analysis.Known(u.CacheReadInputTokens),
			CacheWrite: analysis.Known(u.CacheCreationInputTokens),
			Reasoning:  analysis.Known(u.OutputTokensDetails.ThinkingTokens),
		}, got.Usage, body)
	}
}

// messages makes up a stream of a message.
func (t teller) messages(tb testing.TB) string {
	tb.Helper()
	var b strings.Builder
	put := func(kind string, o wiretest.Object) {
		o["type"] = kind
		b.WriteString(t.Event(tb, kind, o))
	}
	put("message_start", wiretest.Object{"message": wiretest.Object{
		"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": []any{},
		"stop_reason": nil, "usage": t.messageUsage(1),
	}})
	for i := range t.IntN(4) {
		put(
			"content_block_start",
			wiretest.Object{"index": i, "content_block": wiretest.Object{"type": "text", "text": ""}},
		)
		put("ping", wiretest.Object{})
		put(
			"content_block_delta",
			wiretest.Object{
				"index": i,
				"delta": wiretest.Object{"type": "text_delta", "text": t.Text(), "x": t.Value(3)},
			},
		)
		put("content_block_stop", wiretest.Object{"index": i})
	}
	if t.Once(4) {
		put("error", []wiretest.Object{
			{"error": wiretest.Object{"type": "overloaded_error", "message": t.Text()}},
			{"error": "overloaded"},
			{"message": "overloaded"},
		}[t.IntN(3)])
		return b.String()
	}
	put(
		"message_delta",
		wiretest.Object{
			"delta": wiretest.Object{"stop_reason": "end_turn", "stop_sequence": nil},
			"usage": t.messageUsage(4),
		},
	)
	put("message_stop", wiretest.Object{})
	return b.String()
}

// messageUsage has all counts above zero but those that are left out, once in
// so many times. The output is always there, as the API says.
func (t teller) messageUsage(once int) wiretest.Object {
	usage := wiretest.Object{
		"output_tokens": 1 + t.IntN(
			999,
		),
		"x":                     t.Value(2),
		"server_tool_use":       wiretest.Object{"web_search_requests": 666},
		"output_tokens_details": wiretest.Object{"thinking_tokens": 1 + t.IntN(99)},
		"iterations":            []any{wiretest.Object{"input_tokens": 666, "output_tokens": 666}},
	}
	for _, name := range []string{"input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"} {
		if once == 1 || !t.Once(once) {
			usage[name] = 1 + t.IntN(999)
		}
	}
	return usage
}
