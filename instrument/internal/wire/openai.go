// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// recognizeOpenAI recognizes the billed paths of OpenAI's API, which many
// others serve too: …/chat/completions, …/completions, …/embeddings,
// …/responses and …/responses/compact, whose usage is that of its own pass.
// What lies below a response or a completion that exists repeats usage, and
// …/responses/input_tokens only counts: none of them is a call.
func recognizeOpenAI(req *http.Request) (Exchange, bool) {
	at, ok := parseOpenAIPath(req.URL.Path)
	if !ok {
		return nil, false
	}
	known := Request{Operation: at.operation, Model: at.deployment(), Provider: at.provider(req.URL.Hostname())}
	if at.responses {
		return newOpenAIResponses(known, encoded(req.Header)), true
	}
	return newOpenAIChat(known, encoded(req.Header)), true
}

// openaiPath is what a path says of a call.
type openaiPath struct {
	base      string // what stands before the endpoint
	operation string
	responses bool // the Responses dialect, not that of chat completions
}

// parseOpenAIPath returns false where the path is no billed endpoint. Names as
// plain as "responses" count only where an API has its root.
func parseOpenAIPath(path string) (openaiPath, bool) {
	base, last, _ := cutLast(path, '/')
	above, group, _ := cutLast(base, '/')
	at := openaiPath{base: base}
	switch {
	case last == "completions" && group == "chat":
		return openaiPath{base: above, operation: semconv.OperationChat}, true
	case last == "completions" && group == "fim":
		return openaiPath{base: above, operation: semconv.OperationTextCompletion}, true
	case last == "compact" && group == "responses":
		at = openaiPath{base: above, operation: semconv.OperationChat, responses: true}
	case last == "completions":
		at.operation = semconv.OperationTextCompletion
	case last == "embeddings":
		at.operation = semconv.OperationEmbeddings
	case last == "responses":
		at.operation, at.responses = semconv.OperationChat, true
	default:
		return openaiPath{}, false
	}
	return at, isRoot(at.base)
}

// isRoot reports whether an API's endpoints may stand right below base.
func isRoot(base string) bool {
	parent, last, _ := cutLast(base, '/')
	switch last {
	case "", "openai", "openapi", "inference", "models", "beta":
		return true
	}
	return isVersion(last) || strings.HasSuffix(parent, "/deployments")
}

// isVersion reports whether s is such as v1, v1beta1 or v4.
func isVersion(s string) bool { return len(s) > 1 && s[0] == 'v' && isDigit(s[1]) }

// deployment returns the model that Azure's paths name, "" in others.
func (p *openaiPath) deployment() string {
	parent, id, _ := cutLast(p.base, '/')
	if strings.HasSuffix(parent, "/deployments") {
		return pathModel(id)
	}
	return ""
}

// provider tells who serves the dialect: from the path where it shows, else
// from the host.
func (p *openaiPath) provider(host string) string {
	switch {
	case p.deployment() != "":
		return semconv.ProviderAzureOpenAI
	case strings.HasSuffix(p.base, "/v1beta/openai"), strings.HasSuffix(p.base, "/v1alpha/openai"):
		return semconv.ProviderGemini
	case strings.HasSuffix(p.base, "/endpoints/openapi"), isVertexPath(p.base):
		return semconv.ProviderVertexAI
	}
	provider := providerAt(host, semconv.ProviderOpenAI)
	if provider == semconv.ProviderAzureInference && strings.Contains(p.base, "/openai") {
		return semconv.ProviderAzureOpenAI
	}
	return provider
}

var openaiRequestPaths = compile(
	noField,
	path{"model", askModel},
	path{"stream", askStream},
	path{"temperature", askTemperature},
	path{"top_p", askTopP},
	path{"top_k", askTopK},
	path{"presence_penalty", askPresencePenalty},
	path{"frequency_penalty", askFrequencyPenalty},
	path{"max_tokens", askMaxTokens},
	path{"max_completion_tokens", askMaxTokens},
	path{"max_output_tokens", askMaxTokens},
	path{"n", askChoiceCount},
	path{"seed", askSeed},
	path{"stop[]", askStopSequence},
	path{"response_format.type", askFormat},
	path{"text.format.type", askFormat},
	path{"modalities[]", askModality},
	path{"messages[].content[].type", askPart},
	path{"input[].content[].type", askPart},
	path{"input[].output[].type", askPart},
	path{"tools[].type", askTool},
)
