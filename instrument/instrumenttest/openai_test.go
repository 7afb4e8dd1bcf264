// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const chatModel = "gpt-4o-mini"

func startOpenAI(t *testing.T, opts ...instrumenttest.Option) (*instrumenttest.OpenAI, openai.Client) {
	t.Helper()
	fake, err := instrumenttest.StartOpenAI(t.Context(), append(opts, instrumenttest.WithKey(key))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	return fake, openai.NewClient(option.WithBaseURL(fake.URL()+"/v1/"), option.WithAPIKey(key),
		option.WithHTTPClient(httpClient(t)), option.WithMaxRetries(0))
}

func chatParams(question string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: chatModel,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("Be brief."), openai.UserMessage(question),
		},
	}
}

func TestOpenAI_Chat(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t)
	res, err := client.Chat.Completions.New(t.Context(), chatParams("Up or down?"))
	require.NoError(t, err)

	got := fake.Exchanges()[0]
	require.Equal(t, 3+3, got.Usage.Prompt, "9 and 11 characters")
	require.EqualValues(t, got.Usage.Prompt, res.Usage.PromptTokens)
	require.EqualValues(t, instrumenttest.Tokens(res.Choices[0].Message.Content), res.Usage.CompletionTokens)
	require.EqualValues(t, got.Usage.Total, res.Usage.TotalTokens)
	require.Equal(t, got.ResponseID, res.ID)
	require.Equal(t, "stop", res.Choices[0].FinishReason)
	require.EqualValues(t, "default", res.ServiceTier)
	require.True(t, got.BearerToken)
	require.Equal(t, instrumenttest.KindChat, got.Kind)
	require.Equal(t, chatModel, got.Model)
	require.True(t, got.Complete)
}

func TestOpenAI_ChatDetails(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t, instrumenttest.WithCachedContent("prices", 4))
	params := chatParams("Up or down, and by how much?")
	params.Model, params.N = "o4-mini", openai.Int(2)
	params.PromptCacheKey = openai.String("prices")
	params.MaxCompletionTokens = openai.Int(5)
	res, err := client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)
	require.Len(t, res.Choices, 2)
	require.Equal(t, "length", res.Choices[1].FinishReason)
	require.EqualValues(t, 4, res.Usage.PromptTokensDetails.CachedTokens)
	require.EqualValues(t, 16, res.Usage.CompletionTokensDetails.ReasoningTokens)
	require.EqualValues(t, 2*5+16, res.Usage.CompletionTokens)
	require.Equal(t, 2*5, fake.Usage().Candidates)
}

func TestOpenAI_ChatTools(t *testing.T) {
	t.Parallel()
	call := instrumenttest.FunctionCall{Name: "price", Args: map[string]any{"symbol": "RELIANCE"}}
	fake, client := startOpenAI(t, instrumenttest.WithResponder(func(req instrumenttest.Request) instrumenttest.Answer {
		require.Equal(t, []string{"price"}, req.Functions)
		return instrumenttest.Answer{Calls: []instrumenttest.FunctionCall{call}}
	}))
	params := chatParams("What is the price?")
	params.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: "price"}),
	}
	res, err := client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)
	require.Equal(t, "tool_calls", res.Choices[0].FinishReason)
	asked := res.Choices[0].Message.ToolCalls[0]
	require.Equal(t, "price", asked.Function.Name)
	require.JSONEq(t, `{"symbol":"RELIANCE"}`, asked.Function.Arguments)
	require.Equal(t, 3+5+instrumenttest.Tokens(`{"name":"price"}`), fake.Usage().Prompt)

	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	acc := openai.ChatCompletionAccumulator{}
	for stream.Next() {
		require.True(t, acc.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	require.JSONEq(t, asked.Function.Arguments, acc.Choices[0].Message.ToolCalls[0].Function.Arguments)
}

func drainChat(
	t *testing.T, stream *ssestream.Stream[openai.ChatCompletionChunk],
) (said string, usage openai.CompletionUsage, chunks int) {
	t.Helper()
	var text strings.Builder
	for stream.Next() {
		chunk := stream.Current()
		chunks++
		usage = chunk.Usage
		for i := range chunk.Choices {
			text.WriteString(chunk.Choices[i].Delta.Content)
		}
	}
	require.NoError(t, stream.Err())
	return text.String(), usage, chunks
}

func TestOpenAI_ChatStream(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t, instrumenttest.WithChunks(3))
	params := chatParams("Up or down?")
	unary, err := client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)

	text, usage, chunks := drainChat(t, client.Chat.Completions.NewStreaming(t.Context(), params))
	require.Equal(t, unary.Choices[0].Message.Content, text)
	require.Zero(t, usage.TotalTokens, "nobody asked for usage")
	require.False(t, fake.Exchanges()[1].Reported)
	require.Equal(t, 1+3+1, chunks)

	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	_, usage, chunks = drainChat(t, client.Chat.Completions.NewStreaming(t.Context(), params))
	require.Equal(t, unary.Usage.TotalTokens, usage.TotalTokens)
	require.Equal(t, 1+3+1+1, chunks)
	require.Equal(t, fake.Exchanges()[0].Usage, fake.Exchanges()[2].Usage)
}

// TestOpenAI_Wire pins the form of a stream on the wire.
func TestOpenAI_Wire(t *testing.T) {
	t.Parallel()
	fake, _ := startOpenAI(t, instrumenttest.WithResponder(up))
	body := `{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}`
	res, raw := postBearer(t, fake, "/v1/chat/completions", body)
	require.Equal(t, "text/event-stream; charset=utf-8", res.Header.Get("Content-Type"))
	require.NotEmpty(t, res.Header.Get("X-Request-Id"))
	events := strings.Split(strings.TrimSuffix(raw, "\n\n"), "\n\n")
	require.Equal(t, "data: [DONE]", events[len(events)-1])
	require.Contains(t, events[0], `"delta":{"role":"assistant","content":""}`)
	require.Contains(t, events[0], `"finish_reason":null`)
	require.Contains(t, events[0], `"usage":null`)
	require.Contains(t, events[len(events)-2], `"choices":[],`)
	require.Contains(t, events[len(events)-2], `"usage":{"prompt_tokens":1,`)
	for _, event := range events[:len(events)-1] {
		require.True(t, json.Valid([]byte(strings.TrimPrefix(event, "data: "))))
	}
}

func up(instrumenttest.Request) instrumenttest.Answer { return instrumenttest.Answer{Text: "Up."} }

func TestOpenAI_Responses(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t)
	params := responses.ResponseNewParams{
		Model: "gpt-5-mini", Instructions: openai.String("Be brief."),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Up or down?")},
		Tools: []responses.ToolUnionParam{responses.ToolParamOfCodeInterpreter("auto")},
	}
	res, err := client.Responses.New(t.Context(), params)
	require.NoError(t, err)
	got := fake.Exchanges()[0].Usage
	require.EqualValues(t, "completed", res.Status)
	require.EqualValues(t, got.Input(), res.Usage.InputTokens)
	require.EqualValues(t, got.Output(), res.Usage.OutputTokens)
	require.EqualValues(t, 16, res.Usage.OutputTokensDetails.ReasoningTokens)
	require.Greater(t, got.Prompt, 3+3, "what the code said comes back as input")
	require.Equal(t, []string{"reasoning", "code_interpreter_call", "message"},
		[]string{res.Output[0].Type, res.Output[1].Type, res.Output[2].Type})

	stream := client.Responses.NewStreaming(t.Context(), params)
	var text strings.Builder
	last := responses.ResponseStreamEventUnion{}
	for n := 0; stream.Next(); n++ {
		last = stream.Current()
		require.EqualValues(t, n, last.SequenceNumber)
		if last.Type == "response.output_text.delta" {
			text.WriteString(last.Delta)
		}
	}
	require.NoError(t, stream.Err())
	require.Equal(t, res.OutputText(), text.String())
	require.Equal(t, "response.completed", last.Type)
	require.Equal(t, res.Usage.TotalTokens, last.Response.Usage.TotalTokens)
	require.Equal(t, got, fake.Exchanges()[1].Usage)
}

func TestOpenAI_Embeddings(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t)
	params := openai.EmbeddingNewParams{
		Model: "text-embedding-3-small", Dimensions: openai.Int(8),
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"up", "and down"}},
	}
	res, err := client.Embeddings.New(t.Context(), params)
	require.NoError(t, err)
	require.Len(t, res.Data, 2)
	require.Len(t, res.Data[1].Embedding, 8)
	require.EqualValues(t, 1+2, res.Usage.PromptTokens)
	require.Equal(t, 3, fake.Usage().Prompt)

	_, raw := postBearer(
		t,
		fake,
		"/v1/embeddings",
		`{"model":"m","input":"up","dimensions":2,"encoding_format":"base64"}`,
	)
	require.Regexp(t, `"embedding": "[A-Za-z0-9+/]{11}="`, raw)
}

func TestOpenAI_Errors(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t, instrumenttest.WithModels(chatModel))
	for _, c := range []struct {
		name   string
		params openai.ChatCompletionNewParams
		fault  instrumenttest.Fault
		key    string
		status int
		code   string
	}{
		{"Key", chatParams("?"), instrumenttest.Fault{}, "wrong", 401, "invalid_api_key"},
		{"Model", openai.ChatCompletionNewParams{Model: "none"}, instrumenttest.Fault{}, key, 404, "model_not_found"},
		{"Messages", openai.ChatCompletionNewParams{Model: chatModel}, instrumenttest.Fault{}, key, 400, ""},
		{"Limit", chatParams("?"), instrumenttest.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond}, key, 429, "rate_limit_exceeded"},
		{"Server", chatParams("?"), instrumenttest.Fault{Status: 500}, key, 500, ""},
	} {
		fake.Heal()
		fake.Fail(1, c.fault)
		_, err := client.Chat.Completions.New(t.Context(), c.params, option.WithAPIKey(c.key))
		var failure *openai.Error
		require.ErrorAs(t, err, &failure, c.name)
		require.Equal(t, c.status, failure.StatusCode, c.name)
		require.Equal(t, c.code, failure.Code, c.name)
		require.NotEmpty(t, failure.Message, c.name)
		if c.fault.RetryAfter > 0 {
			require.Equal(t, "2", failure.Response.Header.Get("Retry-After"))
			require.Equal(t, "1500", failure.Response.Header.Get("Retry-After-Ms"))
		}
	}
}

func TestOpenAI_ErrorInStream(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t)
	fake.Fail(1, instrumenttest.Fault{Status: 503, MidStream: true, After: 2})
	stream := client.Chat.Completions.NewStreaming(t.Context(), chatParams("Up or down?"))
	chunks := 0
	for stream.Next() {
		chunks++
	}
	require.Equal(t, 2, chunks)
	var failure *ssestream.StreamError
	require.ErrorAs(t, stream.Err(), &failure)
	require.Contains(t, failure.Message, "server_error")
	require.Equal(t, 200, fake.Exchanges()[0].Status)
}

// TestOpenAI_GeminiCompatible speaks as Gemini does where it speaks as OpenAI.
func TestOpenAI_GeminiCompatible(t *testing.T) {
	t.Parallel()
	fake, client := startOpenAI(t)
	at := option.WithBaseURL(fake.URL() + "/v1beta/openai/")
	res, err := client.Chat.Completions.New(t.Context(), chatParams("Up or down?"), at)
	require.NoError(t, err)
	require.EqualValues(t, fake.Usage().Total, res.Usage.TotalTokens)
	require.False(t, res.Usage.JSON.PromptTokensDetails.Valid())

	fake.Fail(1, instrumenttest.Fault{Status: 429})
	_, raw := postBearer(t, fake, "/v1beta/openai/chat/completions",
		`{"model":"gemini-2.0-flash","messages":[{"role":"user","content":"Hi"}]}`)
	require.Contains(t, raw, `"status": "RESOURCE_EXHAUSTED"`)
	require.True(t, strings.HasPrefix(raw, "["), "a list")
}
