// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// hosts names the providers behind well-known hosts that speak another's
// dialect. A name stands for the host and for all below it; with a prefix it
// stands for the hosts that begin so and end with the name.
var hosts = []struct{ prefix, name, provider string }{
	{name: "api.openai.com", provider: semconv.ProviderOpenAI},
	{name: "api.anthropic.com", provider: semconv.ProviderAnthropic},
	{name: "generativelanguage.googleapis.com", provider: semconv.ProviderGemini},
	{name: "aiplatform.googleapis.com", provider: semconv.ProviderVertexAI},
	{name: "-aiplatform.googleapis.com", provider: semconv.ProviderVertexAI},
	{prefix: "aiplatform.", name: ".rep.googleapis.com", provider: semconv.ProviderVertexAI},
	{name: "openai.azure.com", provider: semconv.ProviderAzureOpenAI},
	{name: "cognitiveservices.azure.com", provider: semconv.ProviderAzureOpenAI},
	{name: "services.ai.azure.com", provider: semconv.ProviderAzureInference},
	{name: "models.ai.azure.com", provider: semconv.ProviderAzureInference},
	{name: "inference.ai.azure.com", provider: semconv.ProviderAzureInference},
	{name: "models.github.ai", provider: semconv.ProviderAzureInference},
	{prefix: "bedrock-", name: ".amazonaws.com", provider: semconv.ProviderBedrock},
	{prefix: "bedrock-", name: ".amazonaws.com.cn", provider: semconv.ProviderBedrock},
	{prefix: "bedrock-", name: ".api.aws", provider: semconv.ProviderBedrock},
	{name: "openrouter.ai", provider: semconv.ProviderOpenRouter},
	{name: "api.groq.com", provider: semconv.ProviderGroq},
	{name: "api.x.ai", provider: semconv.ProviderXAI},
	{name: "api.deepseek.com", provider: semconv.ProviderDeepSeek},
	{name: "mistral.ai", provider: semconv.ProviderMistral},
	{name: "api.perplexity.ai", provider: semconv.ProviderPerplexity},
	{name: "api.cohere.com", provider: semconv.ProviderCohere},
	{name: "api.cohere.ai", provider: semconv.ProviderCohere},
	{name: "ml.cloud.ibm.com", provider: semconv.ProviderWatsonx},
}

// providerAt returns the provider behind a host, or the one that the dialect
// is named after.
func providerAt(host, otherwise string) string {
	host = strings.ToLower(host)
	for i := range hosts {
		h := &hosts[i]
		rest, ok := strings.CutSuffix(host, h.name)
		if !ok {
			continue
		}
		switch {
		case h.prefix != "" && strings.HasPrefix(rest, h.prefix),
			h.prefix == "" && (rest == "" || rest[len(rest)-1] == '.' || h.name[0] == '-'):
			return h.provider
		}
	}
	return otherwise
}
