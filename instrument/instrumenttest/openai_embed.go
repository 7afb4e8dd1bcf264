// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"
)

type wireVectors struct {
	Object string       `json:"object"`
	Data   []wireVector `json:"data"`
	Model  string       `json:"model"`
	Usage  *vectorUsage `json:"usage,omitempty"`
}

type wireVector struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // numbers, or their bytes in base64
}

type vectorUsage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// embed answers embeddings. Gemini's compatible API reports no usage of them.
func (o openAI) embed(c *chatCall) {
	if len(c.asked.Input.texts) == 0 || c.asked.Dimensions > maxDimensions {
		o.refuse(c, problem{status: http.StatusBadRequest, message: "input is missing, or dimensions are out of range"})
		return
	}
	vectors := wireVectors{Object: "list", Model: c.req.Model}
	var usage Usage
	for i, said := range c.asked.Input.texts {
		one := body{Content: &content{Parts: list[part]{{Text: said}}}, OutputDimensionality: c.asked.Dimensions}
		vectors.Data = append(vectors.Data, wireVector{"embedding", i, c.encoded(one.embedding().Values)})
		usage.Prompt += Tokens(said)
	}
	sent := answer{contentType: "application/json"}
	if !o.compatible {
		usage = usage.withTotal()
		vectors.Usage, sent.usage = &vectorUsage{usage.Prompt, usage.Total}, &usage
	}
	sent.raw = pretty(vectors)
	c.whole(sent)
}

// encoded is a vector in the encoding that the request asks for.
func (c *chatCall) encoded(values []float32) any {
	if c.asked.EncodingFormat != "base64" {
		return values
	}
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
