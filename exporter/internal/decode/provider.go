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
	"vertex_ai_beta":       semconv.ProviderVertexAI,
	"gemini":               semconv.ProviderGemini,
	"google.generative-ai": semconv.ProviderGemini,
	"google":               semconv.ProviderGoogle,
	"gcp.vertex.agent":     semconv.ProviderGoogle,
	"openai":               semconv.ProviderOpenAI,
	"anthropic":            semconv.ProviderAnthropic,
	"xai":                  semconv.ProviderXAI,
	"mistralai":            semconv.ProviderMistral,
	"mistral":              semconv.ProviderMistral,
	"azure":                semconv.ProviderAzureOpenAI,
	"azure_openai":         semconv.ProviderAzureOpenAI,
	"azure-openai":         semconv.ProviderAzureOpenAI,
	"az.ai.openai":         semconv.ProviderAzureOpenAI,
	"azure_ai":             semconv.ProviderAzureInference,
	"az.ai.inference":      semconv.ProviderAzureInference,
	"aws":                  semconv.ProviderBedrock,
	"bedrock":              semconv.ProviderBedrock,
	"aws_bedrock":          semconv.ProviderBedrock,
	"watsonx":              semconv.ProviderWatsonx,
	"amazon-bedrock":       semconv.ProviderBedrock,
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
