// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"encoding/json"
	"strconv"
	"strings"
)

// defaultModels are listed when WithModels names none.
var defaultModels = []string{
	"gemini-2.0-flash", "gemini-2.0-flash-lite",
	"gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite",
	"gemini-embedding-001", "gemini-embedding-2",
}

type wireModel struct {
	Name                       string   `json:"name"`
	BaseModelID                string   `json:"baseModelId,omitempty"`
	Version                    string   `json:"version,omitempty"`
	DisplayName                string   `json:"displayName,omitempty"`
	InputTokenLimit            int      `json:"inputTokenLimit,omitempty"`
	OutputTokenLimit           int      `json:"outputTokenLimit,omitempty"`
	SupportedGenerationMethods []string `json:"supportedGenerationMethods,omitempty"`
	Thinking                   bool     `json:"thinking,omitempty"`
}

func newWireModel(name string, r route) wireModel {
	if r.vertex {
		return wireModel{Name: "publishers/google/models/" + name}
	}
	m := wireModel{
		Name: "models/" + name, BaseModelID: name, DisplayName: name, Version: "001",
		InputTokenLimit: 1_048_576, OutputTokenLimit: 65_536,
		SupportedGenerationMethods: []string{string(KindGenerate), string(KindCountTokens)},
		Thinking:                   thinksByDefault(name),
	}
	if strings.Contains(name, "embedding") {
		m.InputTokenLimit, m.OutputTokenLimit = 8192, 1
		m.SupportedGenerationMethods = []string{string(KindEmbed), string(KindCountTokens)}
	}
	return m
}

func (c *call) getModel() { c.reply(newWireModel(c.req.Model, c.route), nil) }

func (c *call) listModels() {
	names := c.gemini.config.models
	if names == nil {
		names = defaultModels
	}
	models := make([]wireModel, 0, len(names))
	for _, name := range names {
		models = append(models, newWireModel(name, c.route))
	}
	member := "models"
	if c.route.vertex {
		member = "publisherModels"
	}
	c.reply(map[string][]wireModel{member: models}, nil)
}

// thinksByDefault tells whether a model thinks unless it is told not to: Gemini
// 2.5 and later, without Flash-Lite of 2.5.
func thinksByDefault(model string) bool {
	rest, ok := strings.CutPrefix(model, "gemini-")
	number, variant, _ := strings.Cut(rest, "-")
	version, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || version < 2.5 {
		return false
	}
	return version > 2.5 || !strings.HasPrefix(variant, "flash-lite")
}

// functionNames reads the names out of functionDeclarations.
func functionNames(raw json.RawMessage) []string {
	var declared list[struct {
		Name string `json:"name"`
	}]
	if json.Unmarshal(raw, &declared) != nil {
		return nil
	}
	names := make([]string, 0, len(declared))
	for _, f := range declared {
		names = append(names, f.Name)
	}
	return names
}
