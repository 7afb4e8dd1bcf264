// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"hash/fnv"
	"math"
	"net/http"
	"strings"
)

const (
	defaultDimensions = 768  // of an embedding whose request names none
	maxDimensions     = 3072 // Gemini's limit
)

type wireEmbedding struct {
	Values []float32 `json:"values"`
}

// embedUsage is the usage of embeddings. The batch method spells the details
// without the s; so does Gemini.
type embedUsage struct {
	PromptTokenCount    int            `json:"promptTokenCount"`
	PromptTokensDetails []wireModality `json:"promptTokensDetails,omitempty"`
	PromptTokenDetails  []wireModality `json:"promptTokenDetails,omitempty"`
}

type wireEmbeddings struct {
	Embedding     *wireEmbedding  `json:"embedding,omitempty"`
	Embeddings    []wireEmbedding `json:"embeddings,omitempty"`
	UsageMetadata *embedUsage     `json:"usageMetadata,omitempty"`
}

// embed answers embedContent and batchEmbedContents. Only the second generation
// of Gemini's embedding models reports usage, and it names no total.
func (c *call) embed() {
	requests := []body{*c.req.parsed}
	if c.req.Kind == KindBatchEmbed {
		requests = c.req.parsed.Requests
	}
	embeddings := make([]wireEmbedding, 0, len(requests))
	for i := range requests {
		switch {
		case requests[i].Content == nil:
			c.fail(newAPIError(http.StatusBadRequest, "content is not specified"))
			return
		case requests[i].dimensions() > maxDimensions:
			c.fail(newAPIError(http.StatusBadRequest, "outputDimensionality is out of range"))
			return
		}
		embeddings = append(embeddings, requests[i].embedding())
	}
	usage, reported := c.embedUsage()
	response := wireEmbeddings{Embeddings: embeddings, UsageMetadata: usage}
	if c.req.Kind == KindEmbed {
		response.Embedding, response.Embeddings = &embeddings[0], nil
	}
	c.reply(response, reported)
}

func (c *call) embedUsage() (*embedUsage, *Usage) {
	if !strings.HasPrefix(c.req.Model, "gemini-embedding-2") {
		return nil, nil
	}
	prompt := c.req.prompt()
	usage := &embedUsage{PromptTokenCount: prompt.Total()}
	if details := c.enums.modalities(prompt); c.req.Kind == KindBatchEmbed {
		usage.PromptTokenDetails = details
	} else {
		usage.PromptTokensDetails = details
	}
	return usage, &Usage{Prompt: prompt.Total(), PromptDetails: prompt}
}

func (b *body) dimensions() int {
	if n := max(b.OutputDimensionality, b.GenerationConfig.OutputDimensionality); n > 0 {
		return n
	}
	return defaultDimensions
}

// embedding is a vector of length 1 that follows from the content's text.
func (b *body) embedding() wireEmbedding {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(b.Content.text()))

	values := make([]float32, b.dimensions())
	square := 0.0
	for i := range values {
		_, _ = hash.Write([]byte{byte(i)})
		x := float64(hash.Sum64())/math.MaxUint64 - 0.5
		square += x * x
		values[i] = float32(x)
	}
	for i := range values {
		values[i] /= float32(math.Sqrt(square))
	}
	return wireEmbedding{values}
}
