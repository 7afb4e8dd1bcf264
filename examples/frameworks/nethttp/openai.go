// SPDX-License-Identifier: Apache-2.0

package nethttp

import (
	"context"
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/examples/frameworks/example"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type chat struct {
	Model    string    `json:"model"`
	Messages []message `json:"messages"`
	Stream   bool      `json:"stream,omitempty"`
	// Without include_usage OpenAI counts nothing for a stream.
	StreamOptions map[string]bool `json:"stream_options,omitempty"`
}

type completion struct {
	Choices []struct {
		Message message `json:"message"`
		Delta   message `json:"delta"`
	} `json:"choices"`
}

func openAIRequest(at example.Provider, prompt string) (request, chat) {
	question := chat{Model: at.Model, Messages: []message{{Role: "user", Content: prompt}}}
	return request{url: at.URL + "/v1/chat/completions", header: "Authorization", key: "Bearer " + at.Key}, question
}

func askOpenAI(ctx context.Context, client *http.Client, at example.Provider, prompt string) (string, error) {
	q, question := openAIRequest(at, prompt)
	q.body = question
	res, err := post(ctx, client, q)
	if err != nil {
		return "", err
	}
	answer, err := whole[completion](res)
	if err != nil || len(answer.Choices) == 0 {
		return "", err
	}
	return answer.Choices[0].Message.Content, nil
}

func streamOpenAI(ctx context.Context, client *http.Client, at example.Provider, prompt string) (string, error) {
	q, question := openAIRequest(at, prompt)
	question.Stream, question.StreamOptions = true, map[string]bool{"include_usage": true}
	q.body = question
	res, err := post(ctx, client, q)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = stream(res, func(event completion) {
		for _, choice := range event.Choices {
			text.WriteString(choice.Delta.Content)
		}
	})
	return text.String(), err
}
