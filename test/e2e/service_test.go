// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	older "github.com/google/generative-ai-go/genai"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/generativeai"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const (
	model = "gemini-2.5-flash"
	// What must not leave the service.
	apiKey = "canary-key-91ab"
	prompt = "canary-prompt-77e2: is the trend up or down?"
)

// service is an instrumented service with both SDKs, on a stand-in.
type service struct {
	fake   *instrumenttest.Gemini
	sdk    *genai.Client
	oldSDK *older.Client

	mu    sync.Mutex
	steps bill // of the requests of the stock analysis, counted by hand
}

func newService(t *testing.T, opts ...instrument.Option) *service {
	t.Helper()
	s := &service{steps: bill{}}
	var err error
	s.fake, err = instrumenttest.StartGemini(t.Context(), instrumenttest.WithKey(apiKey),
		instrumenttest.WithCachedContent("cachedContents/prices", 300), instrumenttest.WithResponder(s.respond))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.fake.Close()) })

	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s.sdk, err = genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: apiKey, Backend: genai.BackendGeminiAPI,
		HTTPClient:  &http.Client{Transport: transport},
		HTTPOptions: genai.HTTPOptions{BaseURL: s.fake.URL()},
	})
	require.NoError(t, err)
	require.NoError(t, gemini.Instrument(s.sdk, opts...))

	options := append(generativeai.ClientOptions(apiKey, opts...), option.WithEndpoint(s.fake.URL()))
	s.oldSDK, err = older.NewClient(t.Context(), options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.oldSDK.Close()) })
	return s
}

// respond answers the stock analysis and counts its tokens by the rules that
// the stand-in documents, from nothing but the request and the answer.
func (s *service) respond(req instrumenttest.Request) instrumenttest.Answer {
	answer := standin.Respond(req)
	line, _, _ := strings.Cut(req.Prompt, "\n")
	step, found := strings.CutPrefix(line, "Step: ")
	if !found {
		return answer
	}
	tokens := func(text string) int64 { return int64(len([]rune(text))+3) / 4 }
	read := tokens(req.Prompt) + 258*int64(req.Images)
	f := figures{Calls: 1, Reasoning: min(max(read/2, 16), 1024), Input: read}
	f.Output = f.Reasoning + tokens(answer.Text)
	if len(req.Tools) > 0 { // code execution
		f.ToolUse = tokens(answer.Code) + tokens(answer.Output)
		f.Input += f.ToolUse
		f.Output += tokens(answer.Code)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps.add(step, f)
	return answer
}

// since adds up what the stand-in answered from its n-th exchange on.
func (s *service) since(n int) figures {
	var sum figures
	exchanges := s.fake.Exchanges()[n:]
	for i := range exchanges {
		e, u := &exchanges[i], exchanges[i].Usage
		f := figures{
			Calls: 1, Input: int64(u.Input()), Output: int64(u.Output()),
			CacheRead: int64(u.Cached), Reasoning: int64(u.Thoughts), ToolUse: int64(u.ToolUse),
		}
		switch {
		case !e.Reported:
			f.WithoutUsage = 1
		case !e.Complete:
			f.Partial = 1
		}
		sum = sum.plus(f)
	}
	return sum
}

func ask(config *genai.GenerateContentConfig) func(context.Context, *service) error {
	return func(ctx context.Context, s *service) error {
		_, err := s.sdk.Models.GenerateContent(ctx, model, genai.Text(prompt), config)
		return err
	}
}

func stream(ctx context.Context, s *service) error {
	config := &genai.GenerateContentConfig{CachedContent: "cachedContents/prices"}
	for _, err := range s.sdk.Models.GenerateContentStream(ctx, model, genai.Text(prompt), config) {
		if err != nil {
			return err
		}
	}
	return nil
}

func embed(ctx context.Context, s *service) error {
	_, err := s.sdk.Models.EmbedContent(ctx, "gemini-embedding-2", genai.Text(prompt), nil)
	return err
}

// chatOld takes two turns with the earlier SDK.
func chatOld(ctx context.Context, s *service) error {
	chat := s.oldSDK.GenerativeModel(model).StartChat()
	_, first := chat.SendMessage(ctx, older.Text(prompt))
	_, second := chat.SendMessage(ctx, older.Text("And why?"))
	return errors.Join(first, second)
}

func streamOld(ctx context.Context, s *service) error {
	answers := s.oldSDK.GenerativeModel(model).GenerateContentStream(ctx, older.Text(prompt))
	for {
		if _, err := answers.Next(); err != nil {
			if errors.Is(err, iterator.Done) {
				return nil
			}
			return err
		}
	}
}
