// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"net/http"
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// geminiMethods are the billed methods of the Gemini API, on Google's
// developer platform and on Vertex AI, by the custom verb that ends the path.
var geminiMethods = map[string]struct {
	operation string
	stream    bool
}{
	"generateContent":       {operation: semconv.OperationGenerateContent},
	"streamGenerateContent": {operation: semconv.OperationGenerateContent, stream: true},
	"embedContent":          {operation: semconv.OperationEmbeddings},
	"batchEmbedContents":    {operation: semconv.OperationEmbeddings},
	"predict":               {operation: semconv.OperationEmbeddings},
}

// recognizeGemini recognizes …/models/{model}:{method}, …/tunedModels/… and
// …/endpoints/…, whatever comes before.
func recognizeGemini(req *http.Request) (Exchange, bool) {
	known, ok := parseGeminiPath(req.URL.Path)
	if !ok {
		return nil, false
	}
	return newGeminiExchange(known, encoded(req.Header)), true
}

// parseGeminiPath returns what the path of a URL says of a call, and false
// where it is not a billed method of a model.
func parseGeminiPath(path string) (Request, bool) {
	resource, verb, ok := cutLast(path, ':')
	method, billed := geminiMethods[verb]
	if !ok || !billed {
		return Request{}, false
	}
	parent, id, _ := cutLast(resource, '/')
	_, collection, _ := cutLast(parent, '/')
	if id == "" || (verb == "predict" && !strings.Contains(id, "embedding")) {
		return Request{}, false
	}
	id = pathModel(id)
	known := Request{Provider: semconv.ProviderGemini, Operation: method.operation, Stream: method.stream, Model: id}
	switch collection {
	case "models":
	case "tunedModels", "endpoints":
		// The bare id of a tuned model could pass for a base model's name.
		if id != "" {
			known.Model = collection + "/" + id
		}
	default:
		return Request{}, false
	}
	if isVertexPath(parent) {
		known.Provider = semconv.ProviderVertexAI
	}
	return known, true
}

// isVertexPath tells Vertex AI, whose models belong to a publisher or to a
// project, from the developer API, whose models stand alone.
func isVertexPath(parent string) bool {
	return strings.Contains(parent, "/publishers/") ||
		(strings.Contains(parent, "/projects/") && strings.Contains(parent, "/locations/"))
}

// cutLast cuts s around the last separator.
func cutLast(s string, separator byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, separator); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

// modelName strips the path in front of a model's name.
func modelName(s string) string {
	if i := strings.LastIndex(s, "models/"); i >= 0 && (i == 0 || s[i-1] == '/') {
		return s[i+len("models/"):]
	}
	return s
}
