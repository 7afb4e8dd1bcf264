// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// providerAliases maps the names that older conventions and other
// instrumentations give a provider to the conventions' names. Keys are in
// lower case.
var providerAliases = map[string]string{
	"vertex_ai":            semconv.ProviderVertexAI,
	"vertexai":             semconv.ProviderVertexAI,
	"google.vertex":        semconv.ProviderVertexAI,
	"google_vertexai":      semconv.ProviderVertexAI,
	"gemini":               semconv.ProviderGemini,
	"google.generative-ai": semconv.ProviderGemini,
	"google":               semconv.ProviderGoogle,
	"openai":               semconv.ProviderOpenAI,
	"anthropic":            semconv.ProviderAnthropic,
	"xai":                  "x_ai",
	"mistralai":            "mistral_ai",
	"mistral":              "mistral_ai",
	"azure":                "azure.ai.openai",
	"azure_openai":         "azure.ai.openai",
	"azure-openai":         "azure.ai.openai",
	"az.ai.openai":         "azure.ai.openai",
	"az.ai.inference":      "azure.ai.inference",
	"aws":                  "aws.bedrock",
	"bedrock":              "aws.bedrock",
	"aws_bedrock":          "aws.bedrock",
	"amazon-bedrock":       "aws.bedrock",
}

// aiModelSuffixes are what the Vercel AI SDK appends to a provider's name.
var aiModelSuffixes = []string{".chat", ".responses", ".messages", ".completion", ".embedding"}

// normalizeProvider returns the conventions' name of a provider, and any name
// that it does not know as it stands.
func normalizeProvider(name string) string {
	if name == semconv.ProviderGemini || name == semconv.ProviderVertexAI {
		return name
	}
	key := strings.ToLower(name)
	for _, suffix := range aiModelSuffixes {
		if short, ok := strings.CutSuffix(key, suffix); ok {
			if known, ok := providerAliases[short]; ok {
				return known
			}
			return short
		}
	}
	if known, ok := providerAliases[key]; ok {
		return known
	}
	return name
}
