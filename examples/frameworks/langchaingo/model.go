// SPDX-License-Identifier: Apache-2.0

package langchaingo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tmc/langchaingo/httputil"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/googleai"
	"github.com/tmc/langchaingo/llms/openai"
	"google.golang.org/api/option"

	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/generativeai"
)

// newOpenAI returns langchaingo's client for OpenAI. Its own HTTP client has
// httputil.DefaultTransport, which says in the User-Agent who calls.
func newOpenAI(at example.Provider) (llms.Model, error) {
	model, err := openai.New(
		openai.WithToken(at.Key), openai.WithBaseURL(at.URL+"/v1"), openai.WithModel(at.Model),
		openai.WithHTTPClient(&http.Client{Transport: instrument.NewTransport(httputil.DefaultTransport)}),
	)
	if err != nil {
		return nil, fmt.Errorf("make the client for OpenAI: %w", err)
	}
	return model, nil
}

// newGemini returns langchaingo's client for Gemini, and what to close. It is made of
// github.com/google/generative-ai-go, which ignores the key beside an HTTP client:
// [generativeai.ClientOptions] holds a client that sends it in a header.
func newGemini(ctx context.Context, at example.Provider) (*googleai.GoogleAI, error) {
	model, err := googleai.New(ctx, googleai.WithDefaultModel(at.Model), func(o *googleai.Options) {
		o.ClientOptions = append(o.ClientOptions, generativeai.ClientOptions(at.Key)...)
		o.ClientOptions = append(o.ClientOptions, option.WithEndpoint(at.URL))
	})
	if err != nil {
		return nil, fmt.Errorf("make the client for Gemini: %w", err)
	}
	return model, nil
}

// step is a model that calls itself by a call type: a chain hands one context
// to all of its steps.
type step struct {
	llms.Model

	callType instrument.CallType
	options  []llms.CallOption
}

// GenerateContent implements [llms.Model].
func (s step) GenerateContent(
	ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption,
) (*llms.ContentResponse, error) {
	ctx = instrument.ContextWithCallType(ctx, s.callType)
	return s.Model.GenerateContent(ctx, messages, append(options, s.options...)...)
}
