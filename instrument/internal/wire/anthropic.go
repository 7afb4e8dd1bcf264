// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// recognizeAnthropic recognizes Anthropic's Messages, at its own path
// …/v1/messages, on Vertex AI and on Bedrock. Counting tokens costs nothing,
// and batches report their usage elsewhere.
func recognizeAnthropic(req *http.Request) (Exchange, bool) {
	known, ok := parseAnthropicPath(req.URL.Path)
	if !ok {
		return nil, false
	}
	if known.Provider == "" {
		known.Provider = providerAt(req.URL.Hostname(), semconv.ProviderAnthropic)
	}
	known.Model = pathModel(known.Model)
	return newAnthropicExchange(known, encoded(req.Header)), true
}

// parseAnthropicPath returns what the path says of a call, without a provider
// where the host must tell, and false where it is none.
func parseAnthropicPath(path string) (Request, bool) {
	known := Request{Operation: semconv.OperationChat}
	if strings.HasSuffix(path, "/v1/messages") {
		return known, true
	}
	if resource, verb, ok := cutLast(path, ':'); ok && (verb == "rawPredict" || verb == "streamRawPredict") {
		parent, id, _ := cutLast(resource, '/')
		known.Provider, known.Model, known.Stream = semconv.ProviderVertexAI, id, verb == "streamRawPredict"
		return known, strings.HasSuffix(parent, "/publishers/anthropic/models") && id != "" && id != "count-tokens"
	}
	resource, verb, _ := cutLast(path, '/')
	if verb != "invoke" && verb != "invoke-with-response-stream" {
		return Request{}, false
	}
	_, id, ok := strings.Cut(resource, "/model/")
	known.Provider, known.Model, known.Stream = semconv.ProviderBedrock, id, verb != "invoke"
	// Bedrock serves other makers' dialects at the same path.
	return known, ok && strings.Contains(id, "anthropic.")
}

var anthropicRequestPaths = compile(
	noField,
	path{"model", askModel},
	path{"stream", askStream},
	path{"temperature", askTemperature},
	path{"top_p", askTopP},
	path{"top_k", askTopK},
	path{"max_tokens", askMaxTokens},
	path{"stop_sequences[]", askStopSequence},
	path{"output_format.type", askFormat},
	path{"output_config.format.type", askFormat},
	path{"messages[].content[].type", askPart},
	path{"messages[].content[].content[].type", askPart},
	path{"tools[].type", askTool},
)
