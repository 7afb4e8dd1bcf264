// SPDX-License-Identifier: Apache-2.0

package openai_test

import (
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/internal/wiretest"
	"github.com/spanledger/spanledger/internal/analysis"
)

// streams is how many are made up.
const streams = 400

// teller makes up what the provider streams.
type teller struct{ wiretest.Teller }

// TestWire_Chat reads made-up streams as openai-go's own
// accumulator does, and fails where its stream fails.
func TestWire_Chat(t *testing.T) {
	t.Parallel()
	tell := teller{wiretest.NewTeller(11)}
	for range streams {
		body := tell.chat(t)
		stream := ssestream.NewStream[openai.ChatCompletionChunk](ssestream.NewDecoder(wiretest.Served(body)), nil)
		var whole openai.ChatCompletionAccumulator
		var usage openai.CompletionUsage
		for stream.Next() {
			require.True(t, whole.AddChunk(stream.Current()), body)
			if stream.Current().JSON.Usage.Valid() {
				usage = stream.Current().Usage
			}
		}
		got := tell.Read(t, "/v1/chat/completions", body)
		require.Equal(t, stream.Err() != nil, got.ErrorType != "", body)
		require.Equal(t, whole.ID, got.ID, body)
		require.Equal(t, whole.Model, got.Model, body)
		requireUsage(t, chatUsageOf(&usage), got.Usage, body)
		if stream.Err() == nil {
			require.Equal(t, chatReasons(&whole), got.FinishReasons, body)
		}
	}
}

// chat makes up a stream of chat completions.
func (t teller) chat(tb testing.TB) string {
	tb.Helper()
	var b strings.Builder
	put := func(o wiretest.Object) {
		o["id"], o["object"], o["model"] = "chatcmpl-1", "chat.completion.chunk", "gpt-4o-mini-2024-07-18"
		b.WriteString(t.Event(tb, "", o))
	}
	if t.Once(3) {
		put(wiretest.Object{"choices": []any{}, "prompt_filter_results": t.Value(3), "usage": nil})
	}
	choices := 1 + t.IntN(3)
	for range t.IntN(6) {
		delta := wiretest.Object{"content": t.Text(), "x": t.Value(3)}
		put(
			wiretest.Object{
				"choices": []any{wiretest.Object{"index": t.IntN(choices), "delta": delta, "finish_reason": nil}},
				"usage":   nil,
			},
		)
	}
	for i := range choices {
		put(
			wiretest.Object{
				"choices": []any{wiretest.Object{"index": i, "finish_reason": "length", "delta": wiretest.Object{}}},
			},
		)
	}
	switch t.IntN(4) {
	case 0: // nobody asked for usage
	case 1:
		put(
			wiretest.Object{
				"choices": []any{},
				"error":   []any{"overloaded", wiretest.Object{"message": t.Text()}}[t.IntN(2)],
			},
		)
	default:
		put(wiretest.Object{"choices": []any{}, "usage": t.chatUsage()})
	}
	if !t.Once(3) {
		b.WriteString("data: [DONE]\n\n")
	}
	return b.String()
}

func (t teller) chatUsage() wiretest.Object {
	usage := t.Counts("prompt_tokens", "completion_tokens", "total_tokens")
	if !t.Once(3) {
		usage["prompt_tokens_details"] = t.Counts("cached_tokens", "audio_tokens")
		usage["completion_tokens_details"] = t.Counts("reasoning_tokens", "text_tokens", "rejected_prediction_tokens")
	}
	return usage
}

func chatUsageOf(u *openai.CompletionUsage) analysis.Usage {
	in, out := &u.PromptTokensDetails, &u.CompletionTokensDetails
	return analysis.Usage{
		Input:         wiretest.Told(u.JSON.PromptTokens, u.PromptTokens),
		Output:        wiretest.Told(u.JSON.CompletionTokens, u.CompletionTokens),
		ProviderTotal: wiretest.Told(u.JSON.TotalTokens, u.TotalTokens),
		CacheRead:     wiretest.Told(in.JSON.CachedTokens, in.CachedTokens),
		Reasoning:     wiretest.Told(out.JSON.ReasoningTokens, out.ReasoningTokens),
		InputBy:       analysis.Modalities{Audio: wiretest.Told(in.JSON.AudioTokens, in.AudioTokens)},
		OutputBy:      analysis.Modalities{Text: wiretest.Told(out.JSON.TextTokens, out.TextTokens)},
	}
}

func chatReasons(whole *openai.ChatCompletionAccumulator) []string {
	var reasons []string
	for i := range whole.Choices {
		reasons = append(reasons, whole.Choices[i].FinishReason)
	}
	return reasons
}

// requireUsage compares all but how far the counts may be trusted.
func requireUsage(t *testing.T, want, got analysis.Usage, body string) {
	t.Helper()
	want.Status = got.Status
	require.Equal(t, want, got, body)
}

// TestWire_Responses reads made-up streams as openai-go does:
// what counts is the response within the last event.
func TestWire_Responses(t *testing.T) {
	t.Parallel()
	tell := teller{wiretest.NewTeller(12)}
	for range streams {
		body := tell.responses(t)
		stream := ssestream.NewStream[responses.ResponseStreamEventUnion](
			ssestream.NewDecoder(wiretest.Served(body)),
			nil,
		)
		var last responses.Response
		failed := false
		for stream.Next() {
			event := stream.Current()
			failed = failed || event.Type == "error" || event.Type == "response.failed"
			if event.JSON.Response.Valid() {
				last = event.Response
			}
		}
		require.NoError(t, stream.Err(), body)
		got := tell.Read(t, "/v1/responses", body)
		require.Equal(t, failed, got.ErrorType != "", body)
		require.Equal(t, last.ID, got.ID, body)
		require.Equal(t, last.Model, got.Model, body)
		requireUsage(t, responsesUsageOf(&last.Usage), got.Usage, body)
	}
}

// responses makes up a stream of the Responses API.
func (t teller) responses(tb testing.TB) string {
	tb.Helper()
	var b strings.Builder
	put := func(kind string, o wiretest.Object) {
		o["type"], o["sequence_number"] = kind, t.IntN(99)
		b.WriteString(t.Event(tb, kind, o))
	}
	response := func(status string, usage any) wiretest.Object {
		return wiretest.Object{"response": wiretest.Object{
			"id": "resp_1", "model": "gpt-5", "status": status, "usage": usage, "output": []any{t.Value(3)},
			"metadata": t.Value(2), "error": nil, "incomplete_details": nil,
			"tool_usage": wiretest.Object{"image_gen": wiretest.Object{"input_tokens": 666, "output_tokens": 666}},
		}}
	}
	put("response.created", response("in_progress", nil))
	for range t.IntN(5) {
		put("response.output_text.delta", wiretest.Object{"delta": t.Text(), "item_id": t.Text(), "logprobs": []any{}})
		put(
			"response.output_item.done",
			wiretest.Object{"item": wiretest.Object{"id": "msg_1", "status": "completed", "x": t.Value(3)}},
		)
	}
	switch t.IntN(5) {
	case 0:
		put("error", wiretest.Object{"code": "server_error", "message": t.Text(), "param": nil})
	case 1:
		put("response.failed", response("failed", nil))
	case 2:
		put("response.incomplete", response("incomplete", t.responsesUsage()))
	default:
		put("response.completed", response("completed", t.responsesUsage()))
	}
	return b.String()
}

func (t teller) responsesUsage() wiretest.Object {
	usage := t.Counts("input_tokens", "output_tokens", "total_tokens")
	usage["input_tokens_details"] = t.Counts("cached_tokens", "cache_write_tokens")
	usage["output_tokens_details"] = t.Counts("reasoning_tokens")
	return usage
}

func responsesUsageOf(u *responses.ResponseUsage) analysis.Usage {
	in, out := &u.InputTokensDetails, &u.OutputTokensDetails
	return analysis.Usage{
		Input:         wiretest.Told(u.JSON.InputTokens, u.InputTokens),
		Output:        wiretest.Told(u.JSON.OutputTokens, u.OutputTokens),
		ProviderTotal: wiretest.Told(u.JSON.TotalTokens, u.TotalTokens),
		CacheRead:     wiretest.Told(in.JSON.CachedTokens, in.CachedTokens),
		CacheWrite:    wiretest.Told(in.JSON.CacheWriteTokens, in.CacheWriteTokens),
		Reasoning:     wiretest.Told(out.JSON.ReasoningTokens, out.ReasoningTokens),
	}
}
