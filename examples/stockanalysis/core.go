// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"google.golang.org/genai"
)

// DefaultModel is the model that a zero CoreConfig asks.
const DefaultModel = "gemini-2.5-flash"

const defaultTimeout = 2 * time.Minute

// CoreConfig says how GeminiCore calls. The zero value works.
type CoreConfig struct {
	// Model is the name of the model. Defaults to DefaultModel.
	Model string
	// Timeout limits each call. Defaults to two minutes.
	Timeout time.Duration
}

// GeminiCore makes single calls to Gemini. It is safe for concurrent use.
//
// A call that gets no text back is an ErrNoAnswer; any other error is the SDK's, wrapped. An SDK's error may quote
// the prompt: show it to the caller, keep it out of logs. ErrorClass gives a name that is safe anywhere.
type GeminiCore struct {
	client *genai.Client
	config CoreConfig
}

// NewGeminiCore returns a GeminiCore on a client that stays the caller's. Instrument the client first, and each call
// is counted.
func NewGeminiCore(client *genai.Client, config CoreConfig) *GeminiCore {
	config.Model = cmp.Or(config.Model, DefaultModel)
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	return &GeminiCore{client: client, config: config}
}

// Model returns the name of the model that is asked.
func (c *GeminiCore) Model() string { return c.config.Model }

// CallLLM asks with a text and returns the answer's text.
func (c *GeminiCore) CallLLM(ctx context.Context, prompt string) (string, error) {
	text, _, err := c.generate(ctx, nil, genai.NewPartFromText(prompt))
	return text, err
}

// CallLLMWithCodeExecution asks with a text and lets the model run code on the provider's side. It returns the
// answer's text and what was run, in order.
func (c *GeminiCore) CallLLMWithCodeExecution(ctx context.Context, prompt string) (string, []CodeRun, error) {
	config := &genai.GenerateContentConfig{Tools: []*genai.Tool{{CodeExecution: &genai.ToolCodeExecution{}}}}
	return c.generate(ctx, config, genai.NewPartFromText(prompt))
}

// CallLLMWithImage asks about one PNG picture.
func (c *GeminiCore) CallLLMWithImage(ctx context.Context, prompt string, png []byte) (string, error) {
	return c.CallLLMWithImages(ctx, prompt, png)
}

// CallLLMWithImages asks about several PNG pictures, which the model sees in the order given.
func (c *GeminiCore) CallLLMWithImages(ctx context.Context, prompt string, pngs ...[]byte) (string, error) {
	parts := []*genai.Part{genai.NewPartFromText(prompt)}
	for _, png := range pngs {
		parts = append(parts, genai.NewPartFromBytes(png, "image/png"))
	}
	text, _, err := c.generate(ctx, nil, parts...)
	return text, err
}

func (c *GeminiCore) generate(
	ctx context.Context, config *genai.GenerateContentConfig, parts ...*genai.Part,
) (string, []CodeRun, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	contents := []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}
	response, err := c.client.Models.GenerateContent(ctx, c.config.Model, contents, config)
	if err != nil {
		return "", nil, fmt.Errorf("ask %s: %w", c.config.Model, err)
	}
	return read(response)
}
