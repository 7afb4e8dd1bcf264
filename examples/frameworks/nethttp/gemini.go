// SPDX-License-Identifier: Apache-2.0

package nethttp

import (
	"context"
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/examples/frameworks/example"
)

type part struct {
	Text string `json:"text"`
}

type content struct {
	Role  string `json:"role,omitempty"`
	Parts []part `json:"parts"`
}

type generate struct {
	Contents []content `json:"contents"`
}

type generated struct {
	Candidates []struct {
		Content content `json:"content"`
	} `json:"candidates"`
}

// text is what the first candidate says.
func (g generated) text() string {
	var text strings.Builder
	if len(g.Candidates) > 0 {
		for _, p := range g.Candidates[0].Content.Parts {
			text.WriteString(p.Text)
		}
	}
	return text.String()
}

// geminiRequest sends the key in a header: in the URL it would be in every error
// and log that shows one.
func geminiRequest(at example.Provider, method, prompt string) request {
	return request{
		url:    at.URL + "/v1beta/models/" + at.Model + ":" + method,
		header: "X-Goog-Api-Key", key: at.Key,
		body: generate{Contents: []content{{Role: "user", Parts: []part{{Text: prompt}}}}},
	}
}

func askGemini(ctx context.Context, client *http.Client, at example.Provider, prompt string) (string, error) {
	res, err := post(ctx, client, geminiRequest(at, "generateContent", prompt))
	if err != nil {
		return "", err
	}
	answer, err := whole[generated](res)
	return answer.text(), err
}

func streamGemini(ctx context.Context, client *http.Client, at example.Provider, prompt string) (string, error) {
	res, err := post(ctx, client, geminiRequest(at, "streamGenerateContent?alt=sse", prompt))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = stream(res, func(event generated) { text.WriteString(event.text()) })
	return text.String(), err
}
