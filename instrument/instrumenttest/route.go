// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"strings"
)

// Kind is a method of an API, named as the API names it.
type Kind string

// The methods that [Gemini] answers.
const (
	KindGenerate    Kind = "generateContent"
	KindStream      Kind = "streamGenerateContent"
	KindCountTokens Kind = "countTokens"
	KindEmbed       Kind = "embedContent"
	KindBatchEmbed  Kind = "batchEmbedContents"
	KindListModels  Kind = "listModels"
	KindGetModel    Kind = "getModel"
	KindCreateCache Kind = "createCachedContent"
	KindGetCache    Kind = "getCachedContent"
	KindDeleteCache Kind = "deleteCachedContent"

	KindInteract       Kind = "interactions.create"
	KindGetInteraction Kind = "interactions.get"
)

// The methods that [OpenAI] answers.
const (
	KindChat       Kind = "chat.completions"
	KindResponses  Kind = "responses"
	KindEmbeddings Kind = "embeddings"
)

// The methods that [Anthropic] answers.
const (
	KindMessages      Kind = "messages"
	KindCountMessages Kind = "messages.count_tokens"
)

// route is what a request's method and path say.
type route struct {
	kind   Kind
	vertex bool
	model  string // without "models/" and what comes before it
	name   string // of a cached content, for a new one its parent and a slash; or the id of an interaction
}

// modelKinds are the methods that are called on a model.
var modelKinds = map[Kind]bool{
	KindGenerate: true, KindStream: true, KindCountTokens: true, KindEmbed: true, KindBatchEmbed: true,
}

// versions are the first segments that paths may start with.
var versions = map[string]bool{"v1": true, "v1beta": true, "v1beta1": true, "v1alpha": true}

// parseRoute reads a path; ok is false where Gemini has nothing.
func parseRoute(method, path string) (r route, ok bool) {
	version, rest, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found || !versions[version] {
		return route{}, false
	}
	parent, rest := cutLocation(rest)
	r.vertex = parent != "" || strings.HasPrefix(rest, "publishers/")
	rest = strings.TrimPrefix(rest, "publishers/google/")

	collection, id, _ := strings.Cut(rest, "/")
	switch collection {
	case "models", "tunedModels", "endpoints":
		r = r.toModel(method, id)
	case "cachedContents":
		r = r.toCache(method, parent, id)
	case "interactions":
		r = r.toInteraction(method, id)
	}
	if r.kind == "" {
		return route{}, false
	}
	return r, true
}

// cutLocation splits "projects/P/locations/L/" off a Vertex AI path.
func cutLocation(path string) (parent, rest string) {
	segments := strings.SplitN(path, "/", 5)
	if len(segments) < 5 || segments[0] != "projects" || segments[2] != "locations" {
		return "", path
	}
	return strings.Join(segments[:4], "/") + "/", segments[4]
}

func (r route) toModel(method, id string) route {
	model, verb, called := strings.Cut(id, ":")
	r.model = model
	switch {
	case strings.Contains(model, "/"):
		return route{}
	case !called && method == http.MethodGet && model == "":
		r.kind = KindListModels
	case !called && method == http.MethodGet:
		r.kind = KindGetModel
	case called && method == http.MethodPost && model != "" && modelKinds[Kind(verb)]:
		r.kind = Kind(verb)
	}
	return r
}

func (r route) toCache(method, parent, id string) route {
	r.name = parent + "cachedContents/" + id
	switch {
	case method == http.MethodPost && id == "":
		r.kind = KindCreateCache
	case method == http.MethodGet && id != "":
		r.kind = KindGetCache
	case method == http.MethodDelete && id != "":
		r.kind = KindDeleteCache
	}
	return r
}

func (r route) toInteraction(method, id string) route {
	r.name = id
	switch {
	case method == http.MethodPost && id == "":
		r.kind = KindInteract
	case method == http.MethodGet && id != "" && !strings.Contains(id, "/"):
		r.kind = KindGetInteraction
	}
	return r
}

// hasBody tells whether requests of this kind carry a JSON document.
func (k Kind) hasBody() bool {
	return modelKinds[k] || k == KindCreateCache
}
