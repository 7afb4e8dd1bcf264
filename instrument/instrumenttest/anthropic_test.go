// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func startAnthropic(t *testing.T, opts ...instrumenttest.Option) (*instrumenttest.Anthropic, anthropic.Client) {
	t.Helper()
	fake, err := instrumenttest.StartAnthropic(t.Context(), append(opts, instrumenttest.WithKey(key))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	return fake, anthropic.NewClient(option.WithBaseURL(fake.URL()), option.WithAPIKey(key),
		option.WithHTTPClient(httpClient(t)), option.WithMaxRetries(0))
}

func messageParams(question string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: "claude-haiku-4-5", MaxTokens: 2048,
		System:   []anthropic.TextBlockParam{{Text: "Be brief."}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(question))},
	}
}

func TestAnthropic_Message(t *testing.T) {
	t.Parallel()
	fake, client := startAnthropic(t)
	res, err := client.Messages.New(t.Context(), messageParams("Up or down?"))
	require.NoError(t, err)
	got := fake.Exchanges()[0]
	require.EqualValues(t, 3+3, res.Usage.InputTokens)
	require.EqualValues(t, instrumenttest.Tokens(res.Content[0].Text), res.Usage.OutputTokens)
	require.Equal(t, got.Usage.Output(), int(res.Usage.OutputTokens))
	require.Zero(t, got.Usage.Total, "Anthropic names no total")
	require.Equal(t, got.ResponseID, res.ID)
	require.EqualValues(t, "end_turn", res.StopReason)
	require.EqualValues(t, "standard", res.Usage.ServiceTier)
	require.True(t, got.KeyInHeader)

	counted, err := client.Messages.CountTokens(t.Context(), anthropic.MessageCountTokensParams{
		Model: "claude-haiku-4-5", Messages: messageParams("Up or down?").Messages,
	})
	require.NoError(t, err)
	require.EqualValues(t, 3, counted.InputTokens)
	require.Equal(t, instrumenttest.KindCountMessages, fake.Exchanges()[1].Kind)
}

// cachingParams marks the system prompt and the question.
func cachingParams(question string) anthropic.MessageNewParams {
	params := messageParams(question)
	params.System[0].CacheControl = anthropic.CacheControlEphemeralParam{TTL: anthropic.CacheControlEphemeralTTLTTL1h}
	params.Messages[0].Content[0].OfText.CacheControl = anthropic.NewCacheControlEphemeralParam()
	return params
}

// TestAnthropic_Cache writes what is marked, reads what is known, and counts
// neither as input.
func TestAnthropic_Cache(t *testing.T) {
	t.Parallel()
	fake, client := startAnthropic(t)
	for _, want := range []struct {
		question                string
		input, written, readOut int64
	}{
		{"Up or down?", 0, 6, 0},
		{"Up or down?", 0, 0, 6},
		{"Or what else?", 0, 4, 3},
	} {
		res, err := client.Messages.New(t.Context(), cachingParams(want.question))
		require.NoError(t, err)
		require.Equal(t, want.input, res.Usage.InputTokens)
		require.Equal(t, want.written, res.Usage.CacheCreationInputTokens)
		require.Equal(t, want.written, res.Usage.CacheCreation.Ephemeral5mInputTokens)
		require.Equal(t, want.readOut, res.Usage.CacheReadInputTokens)
	}
	u := fake.Usage()
	require.Equal(t, []int{19, 9, 10}, []int{u.Prompt, u.Cached, u.CacheWrite})
}

func TestAnthropic_Stream(t *testing.T) {
	t.Parallel()
	fake, client := startAnthropic(t, instrumenttest.WithChunks(3))
	params := messageParams("Up or down?")
	params.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	params.Tools = []anthropic.ToolUnionParam{{
		OfCodeExecutionTool20250825: &anthropic.CodeExecutionTool20250825Param{},
	}}
	unary, err := client.Messages.New(t.Context(), params)
	require.NoError(t, err)
	require.Greater(t, int(unary.Usage.InputTokens), 6, "what the code said comes back as input")
	require.EqualValues(t, 16, unary.Usage.OutputTokensDetails.ThinkingTokens)

	stream := client.Messages.NewStreaming(t.Context(), params)
	var got anthropic.Message
	var kinds []string
	for stream.Next() {
		event := stream.Current()
		kinds = append(kinds, event.Type)
		if event.Type == "message_start" {
			require.EqualValues(t, 6, event.Message.Usage.InputTokens)
			require.EqualValues(t, 1, event.Message.Usage.OutputTokens)
		}
		require.NoError(t, got.Accumulate(event))
	}
	require.NoError(t, stream.Err())
	require.Equal(t, "message_stop", kinds[len(kinds)-1])
	require.Equal(t, unary.Usage.OutputTokens, got.Usage.OutputTokens)
	require.Equal(t, unary.StopReason, got.StopReason)
	require.Len(t, got.Content, len(unary.Content))
	for i := range got.Content {
		require.Equal(t, unary.Content[i].Type, got.Content[i].Type)
		require.Equal(t, unary.Content[i].Text, got.Content[i].Text)
		require.Equal(t, unary.Content[i].Thinking, got.Content[i].Thinking)
	}
	require.Equal(t, fake.Exchanges()[0].Usage, fake.Exchanges()[1].Usage)
}

func TestAnthropic_Tools(t *testing.T) {
	t.Parallel()
	call := instrumenttest.FunctionCall{Name: "price", Args: map[string]any{"symbol": "RELIANCE"}}
	_, client := startAnthropic(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{Calls: []instrumenttest.FunctionCall{call}}
	}))
	params := messageParams("What is the price?")
	params.Tools = []anthropic.ToolUnionParam{
		anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{}, "price"),
	}
	stream := client.Messages.NewStreaming(t.Context(), params)
	var got anthropic.Message
	for stream.Next() {
		require.NoError(t, got.Accumulate(stream.Current()))
	}
	require.NoError(t, stream.Err())
	require.EqualValues(t, "tool_use", got.StopReason)
	require.JSONEq(t, `{"symbol":"RELIANCE"}`, string(got.Content[0].Input))
}

// TestAnthropic_Wire pins the form of a stream on the wire.
func TestAnthropic_Wire(t *testing.T) {
	t.Parallel()
	fake, _ := startAnthropic(t, instrumenttest.WithResponder(up))
	res, raw := postBearer(t, fake, "/v1/messages",
		`{"model":"claude-haiku-4-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}`)
	require.Equal(t, "text/event-stream; charset=utf-8", res.Header.Get("Content-Type"))
	require.NotEmpty(t, res.Header.Get("Request-Id"))
	var names []string
	for event := range strings.SplitSeq(strings.TrimSuffix(raw, "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(event, "\ndata: ")
		require.True(t, ok)
		name = strings.TrimPrefix(name, "event: ")
		require.True(t, strings.HasPrefix(data, `{"type":"`+name+`"`), "the event repeats its name")
		names = append(names, name)
	}
	require.Equal(t, []string{
		"message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop",
		"message_delta", "message_stop",
	}, names)
	require.Contains(t, raw, `"usage":{"input_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,`+
		`"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}`)
	require.Contains(t, raw, `"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{`)
}

func TestAnthropic_Errors(t *testing.T) {
	t.Parallel()
	fake, client := startAnthropic(t, instrumenttest.WithModels("claude-haiku-4-5"))
	for _, c := range []struct {
		name   string
		params anthropic.MessageNewParams
		fault  instrumenttest.Fault
		key    string
		status int
		kind   string
	}{
		{"Key", messageParams("?"), instrumenttest.Fault{}, "wrong", 401, "authentication_error"},
		{"Model", anthropic.MessageNewParams{Model: "none"}, instrumenttest.Fault{}, key, 404, "not_found_error"},
		{"Messages", anthropic.MessageNewParams{Model: "claude-haiku-4-5"}, instrumenttest.Fault{}, key, 400, "invalid_request_error"},
		{"Limit", messageParams("?"), instrumenttest.Fault{Status: 429, RetryAfter: time.Second}, key, 429, "rate_limit_error"},
		{"Overloaded", messageParams("?"), instrumenttest.Fault{Status: 529}, key, 529, "overloaded_error"},
	} {
		fake.Heal()
		fake.Fail(1, c.fault)
		_, err := client.Messages.New(t.Context(), c.params, option.WithAPIKey(c.key))
		var failure *anthropic.Error
		require.ErrorAs(t, err, &failure, c.name)
		require.Equal(t, c.status, failure.StatusCode, c.name)
		require.EqualValues(t, c.kind, failure.Type(), c.name)
		require.NotEmpty(t, failure.RequestID, c.name)
	}
}

func TestAnthropic_OverloadedInStream(t *testing.T) {
	t.Parallel()
	fake, client := startAnthropic(t)
	fake.Fail(1, instrumenttest.Fault{Status: 529, MidStream: true, After: 3})
	stream := client.Messages.NewStreaming(t.Context(), messageParams("Up or down?"))
	events := 0
	for stream.Next() {
		events++
	}
	require.Equal(t, 2, events, "the third is a ping, which the SDK keeps to itself")
	var failure *anthropic.Error
	require.ErrorAs(t, stream.Err(), &failure)
	require.EqualValues(t, "overloaded_error", failure.Type())
	require.Equal(t, 6, fake.Usage().Prompt, "what the begin of the message reported")
}
