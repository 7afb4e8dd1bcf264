// SPDX-License-Identifier: Apache-2.0

package secrets_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	older "github.com/google/generative-ai-go/genai"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/api/option"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument"
	spananthropic "github.com/spanledger/spanledger/instrument/anthropic"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/generativeai"
	spanopenai "github.com/spanledger/spanledger/instrument/openai"
)

// client makes calls with all that must not leave. Whether they work is not
// asked.
type client struct {
	name          string
	unary, stream func(context.Context)
	embed         func(context.Context) // nil for none
}

// propagating is a base transport that sends the baggage of the context on, as
// that of a service may.
type propagating struct{ base http.RoundTripper }

func (p *propagating) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	sent := req.Clone(ctx)
	propagation.Baggage{}.Inject(ctx, propagation.HeaderCarrier(sent.Header))
	return p.base.RoundTrip(sent)
}

func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: &propagating{transport}}
}

// newClients returns every SDK, and a program without one.
func newClients(t *testing.T, url string, opts []instrument.Option) []client {
	t.Helper()
	sdk := newOpenAI(t, url+"/v1/", opts)
	compatible := newOpenAI(t, url+"/v1beta/openai/", opts)
	clients := []client{
		newGemini(t, url, opts), newOldGemini(t, url, opts), newAnthropic(t, url, opts), newResponses(sdk),
		newChat("openai", sdk), newChat("compatible", compatible),
	}
	return append(clients, newPlain(t, url, opts)...)
}

var png = []byte(media)

func newGemini(t *testing.T, url string, opts []instrument.Option) client {
	t.Helper()
	soon := 0.001
	sdk, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPClient: httpClient(t),
		HTTPOptions: genai.HTTPOptions{
			BaseURL: url, RetryOptions: &genai.HTTPRetryOptions{InitialDelay: &soon, MaxDelay: &soon},
		},
	})
	require.NoError(t, err)
	require.NoError(t, gemini.Instrument(sdk, opts...))
	contents := []*genai.Content{
		{Role: "user", Parts: []*genai.Part{
			{Text: prompt},
			genai.NewPartFromBytes(png, "image/png"),
			genai.NewPartFromURI("https://canary-user:canary-pass@host/f?"+query, "image/png"),
		}},
		{Role: "model", Parts: []*genai.Part{genai.NewPartFromFunctionCall("look", map[string]any{"q": prompt})}},
		{Role: "user", Parts: []*genai.Part{genai.NewPartFromFunctionResponse("look", map[string]any{"a": prompt})}},
	}
	config := &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText(prompt, "user"), StopSequences: []string{"END"},
		Tools: []*genai.Tool{
			{FunctionDeclarations: []*genai.FunctionDeclaration{{Name: "look", Description: prompt}}},
			{CodeExecution: &genai.ToolCodeExecution{}},
		},
	}
	const model = "gemini-2.0-flash"
	return client{
		name:  "genai",
		unary: func(ctx context.Context) { _, _ = sdk.Models.GenerateContent(ctx, model, contents, config) },
		stream: func(ctx context.Context) {
			for _, err := range sdk.Models.GenerateContentStream(ctx, model, contents, config) {
				if err != nil {
					break
				}
			}
			_, _ = sdk.Models.CountTokens(ctx, model, contents, nil)
		},
		embed: func(ctx context.Context) {
			_, _ = sdk.Models.EmbedContent(ctx, "gemini-embedding-2", contents[:1], nil)
		},
	}
}

func newOldGemini(t *testing.T, url string, opts []instrument.Option) client {
	t.Helper()
	options := append(generativeai.ClientOptions(key, opts...), option.WithEndpoint(url))
	sdk, err := older.NewClient(t.Context(), options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sdk.Close()) })
	model := sdk.GenerativeModel("gemini-2.0-flash")
	model.SystemInstruction = older.NewUserContent(older.Text(prompt))
	parts := []older.Part{older.Text(prompt), older.ImageData("png", png)}
	return client{
		name:  "generative-ai-go",
		unary: func(ctx context.Context) { _, _ = model.GenerateContent(ctx, parts...) },
		stream: func(ctx context.Context) {
			stream := model.GenerateContentStream(ctx, parts...)
			for range 10 {
				if _, err := stream.Next(); err != nil {
					return
				}
			}
		},
		embed: func(ctx context.Context) { _, _ = sdk.EmbeddingModel("text-embedding-004").EmbedContent(ctx, parts[0]) },
	}
}

func newOpenAI(t *testing.T, url string, opts []instrument.Option) openai.Client {
	t.Helper()
	return openai.NewClient(append([]openaioption.RequestOption{
		openaioption.WithBaseURL(url), openaioption.WithAPIKey(key), openaioption.WithHTTPClient(httpClient(t)),
		openaioption.WithQuery("canary-query", "canary-query"),
		openaioption.WithMaxRetries(1),
	}, spanopenai.Options(opts...)...)...)
}

var imageURL = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)

func newChat(name string, sdk openai.Client) client {
	params := openai.ChatCompletionNewParams{
		Model: "gpt-4o-mini", User: openai.String(prompt), Metadata: map[string]string{"note": prompt},
		Stop: openai.ChatCompletionNewParamsStopUnion{OfString: openai.String("END")},
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage(prompt),
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart(prompt),
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: imageURL}),
			}),
		},
	}
	return client{
		name:  name,
		unary: func(ctx context.Context) { _, _ = sdk.Chat.Completions.New(ctx, params) },
		stream: func(ctx context.Context) {
			stream := sdk.Chat.Completions.NewStreaming(ctx, params)
			for stream.Next() {
			}
			_ = stream.Close()
		},
		embed: func(ctx context.Context) {
			_, _ = sdk.Embeddings.New(ctx, openai.EmbeddingNewParams{
				Model: "text-embedding-3-small",
				Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String(prompt)},
			})
		},
	}
}

func newResponses(sdk openai.Client) client {
	params := responses.ResponseNewParams{
		Model: "gpt-4o-mini", Instructions: openai.String(prompt),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
	}
	return client{
		name:  "responses",
		unary: func(ctx context.Context) { _, _ = sdk.Responses.New(ctx, params) },
		stream: func(ctx context.Context) {
			stream := sdk.Responses.NewStreaming(ctx, params)
			for stream.Next() {
			}
			_ = stream.Close()
		},
	}
}

func newAnthropic(t *testing.T, url string, opts []instrument.Option) client {
	t.Helper()
	sdk := anthropic.NewClient(append([]anthropicoption.RequestOption{
		anthropicoption.WithBaseURL(
			url,
		),
		anthropicoption.WithAPIKey(key),
		anthropicoption.WithHTTPClient(httpClient(t)),
		anthropicoption.WithQuery("canary-query", "canary-query"),
		anthropicoption.WithMaxRetries(1),
	}, spananthropic.Options(opts...)...)...)
	params := anthropic.MessageNewParams{
		Model: "claude-haiku-4-5", MaxTokens: 100, StopSequences: []string{"END"},
		Metadata: anthropic.MetadataParam{UserID: anthropic.String(prompt)},
		System:   []anthropic.TextBlockParam{{Text: prompt}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(
			anthropic.NewTextBlock(prompt),
			anthropic.NewImageBlockBase64("image/png", base64.StdEncoding.EncodeToString(png)))},
	}
	return client{
		name:  "anthropic",
		unary: func(ctx context.Context) { _, _ = sdk.Messages.New(ctx, params) },
		stream: func(ctx context.Context) {
			stream := sdk.Messages.NewStreaming(ctx, params)
			for stream.Next() {
			}
			_ = stream.Close()
			_, _ = sdk.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{
				Model: params.Model, Messages: params.Messages,
			})
		},
	}
}

// newPlain returns programs without an SDK that have secrets in all of a URL,
// and a text for the model.
func newPlain(t *testing.T, url string, opts []instrument.Option) (clients []client) {
	t.Helper()
	sdk := httpClient(t)
	sdk.Transport = instrument.NewTransport(sdk.Transport, opts...)
	at := strings.Replace(url, "http://", "http://canary-user:canary-pass@", 1) + "/canary-path/" + key
	post := func(path, body string) func(context.Context) {
		return func(ctx context.Context) {
			req, err := http.NewRequestWithContext(
				ctx,
				http.MethodPost,
				at+path+"?key="+key+"&"+query,
				strings.NewReader(body),
			)
			require.NoError(t, err)
			for _, name := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key", "User-Agent"} {
				req.Header.Set(name, key)
			}
			if res, err := sdk.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		}
	}
	const asked = `"messages":[{"role":"user","content":"` + prompt + `"}],"model":"` + prompt + `","user":"` + prompt + `",` +
		`"service_tier":"` + prompt + `","response_format":{"type":"` + prompt + `"}}`
	const text = "/canary%20prompt%20in%20a%20path"
	for name, path := range map[string]string{
		"chat": "/v1/chat/completions", "messages": "/v1/messages", "responses": "/v1/responses",
		"azure": "/openai/deployments" + text + "/chat/completions",
	} {
		clients = append(clients, client{
			name: "plain " + name, unary: post(path, "{"+asked), stream: post(path, `{"stream":true,`+asked),
		})
	}
	const contents = `{"contents":[{"parts":[{"text":"` + prompt + `"}]}],"cachedContent":"` + prompt + `"}`
	return append(clients, client{
		name: "plain gemini", unary: post("/v1beta/models"+text+":generateContent", contents),
		stream: post("/v1beta/models"+text+":streamGenerateContent", contents),
		embed:  post("/v1beta/models"+text+":embedContent", contents),
	})
}
