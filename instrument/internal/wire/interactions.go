// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// recognizeInteractions recognizes the creation of one of Gemini's
// Interactions, POST …/interactions. To read or cancel one is no call: it
// repeats usage that was counted.
//
// An interaction with an agent is one call to Google, no agent of the
// application's own: its operation is that of the tokens it used.
func recognizeInteractions(req *http.Request) (Exchange, bool) {
	provider, ok := parseInteractionsPath(req.URL.Path)
	if !ok {
		return nil, false
	}
	known := Request{Provider: provider, Operation: semconv.OperationGenerateContent}
	return newInteractionsExchange(known, encoded(req.Header)), true
}

func parseInteractionsPath(path string) (provider string, ok bool) {
	base, last, _ := cutLast(path, '/')
	if last != "interactions" {
		return "", false
	}
	parent, version, _ := cutLast(base, '/')
	if strings.HasSuffix(parent, "/locations") && isVertexPath(base+"/") {
		return semconv.ProviderVertexAI, true
	}
	return semconv.ProviderGemini, isVersion(version)
}

var interactionsRequestPaths = compile(
	noField,
	path{"model", askModel},
	path{"agent", askModel},
	path{"stream", askStream},
	path{"generation_config.temperature", askTemperature},
	path{"generation_config.top_p", askTopP},
	path{"generation_config.max_output_tokens", askMaxTokens},
	path{"generation_config.seed", askSeed},
	path{"generation_config.stop_sequences[]", askStopSequence},
	path{"response_mime_type", askMIMEType},
	path{"response_format[].mime_type", askMIMEType},
	path{"response_format[].type", askModality},
	path{"response_modalities[]", askModality},
	path{"input[].type", askPart},
	path{"input[].content[].type", askPart},
	path{"tools[].type", askTool},
)
