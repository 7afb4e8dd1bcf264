// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"cmp"
	"slices"
	"strings"
)

// Request is what a [Responder] or a [Fault] may decide upon. It holds the
// caller's prompt: keep it out of logs.
type Request struct {
	// Path is the URL's path, without the query.
	Path string
	// Kind is the API's method.
	Kind Kind
	// Model is the bare name, such as gemini-2.5-flash.
	Model string
	// Stream is true where the answer is to come as a stream.
	Stream bool
	// Vertex is true for paths of Vertex AI.
	Vertex bool
	// System is the text of the system instruction.
	System string
	// Prompt is the text of the last content; of all texts to embed.
	Prompt string
	// Turns is the number of contents: 1 for a single question.
	Turns int
	// Images, Videos, Audios and Documents count the parts of each kind.
	Images, Videos, Audios, Documents int
	// Tools are the server-side tools that are switched on, by their names in
	// Gemini's API, such as codeExecution; sorted.
	Tools []string
	// Functions are the names of the functions the model may call.
	Functions []string
	// CachedContent is the resource name of the cached content, or the
	// prompt_cache_key, if any.
	CachedContent string
	// JSON is true when the answer has to be a JSON document.
	JSON bool
	// Body is the request's JSON as it was sent; do not change it.
	Body []byte

	parsed *body
}

// newRequest describes a request; parsed may be nil where a kind has no body.
func newRequest(r route, path string, raw []byte, parsed *body) Request {
	if parsed == nil {
		parsed = &body{}
	}
	req := Request{
		Path: path, Kind: r.kind, Model: r.model, Vertex: r.vertex,
		Stream:        r.kind == KindStream,
		Turns:         len(parsed.Contents),
		CachedContent: parsed.CachedContent,
		JSON:          parsed.GenerationConfig.ResponseMimeType == "application/json",
		Body:          raw,
		parsed:        parsed,
	}
	if parsed.SystemInstruction != nil {
		req.System = parsed.SystemInstruction.text()
	}
	req.readContents()
	req.readTools()
	return req
}

func (r *Request) readContents() {
	if n := len(r.parsed.Contents); n > 0 {
		r.Prompt = r.parsed.Contents[n-1].text()
	} else {
		r.Prompt = joinTexts(r.parsed.embedded())
	}
	for _, c := range r.parsed.Contents {
		for i := range c.Parts {
			r.readMedia(c.Parts[i].mimeType())
		}
	}
}

func (r *Request) readMedia(mimeType string) {
	switch family(mimeType) {
	case "", "text":
	case "image":
		r.Images++
	case "video":
		r.Videos++
	case "audio":
		r.Audios++
	default:
		r.Documents++
	}
}

func (r *Request) readTools() {
	for _, t := range r.parsed.Tools {
		for name, raw := range t {
			if name == "functionDeclarations" {
				r.Functions = append(r.Functions, functionNames(raw)...)
				continue
			}
			r.Tools = append(r.Tools, name)
		}
	}
	slices.Sort(r.Tools)
}

// runsCode tells whether code execution is switched on.
func (r *Request) runsCode() bool { return slices.Contains(r.Tools, "codeExecution") }

// searches counts the tools that bring text in from outside.
func (r *Request) searches() int {
	n := 0
	for _, name := range r.Tools {
		switch name {
		case "googleSearch", "googleSearchRetrieval", "urlContext", "googleMaps", "fileSearch", "retrieval":
			n++
		}
	}
	return n
}

// thinks tells whether the model thinks before it answers this request.
func (r *Request) thinks() bool {
	config := r.parsed.GenerationConfig.ThinkingConfig
	if config == nil {
		return thinksByDefault(r.Model)
	}
	return config.ThinkingBudget == nil || *config.ThinkingBudget != 0
}

// showsThoughts tells whether the answer has to hold a summary of the thoughts.
func (r *Request) showsThoughts() bool {
	config := r.parsed.GenerationConfig.ThinkingConfig
	return config != nil && config.IncludeThoughts && r.thinks()
}

// candidates is how many answers are asked for.
func (r *Request) candidates() int { return max(1, r.parsed.GenerationConfig.CandidateCount) }

// prompt counts what the request itself carries, cached content not included.
func (r *Request) prompt() Modalities {
	var sum Modalities
	if r.parsed.SystemInstruction != nil {
		sum = r.parsed.SystemInstruction.tokens()
	}
	for _, c := range slices.Concat(r.parsed.Contents, r.parsed.embedded()) {
		sum = sum.Add(c.tokens())
	}
	for _, t := range r.parsed.Tools {
		sum.Text += jsonTokens(t["functionDeclarations"])
	}
	return sum
}

// embedded returns the contents that an embedding request holds.
func (b *body) embedded() list[content] {
	var contents list[content]
	if b.Content != nil {
		contents = append(contents, *b.Content)
	}
	for i := range b.Requests {
		contents = append(contents, b.Requests[i].embedded()...)
	}
	return contents
}

func joinTexts(contents []content) string {
	texts := make([]string, 0, len(contents))
	for _, c := range contents {
		texts = append(texts, c.text())
	}
	return joinLines(texts)
}

func joinLines(texts []string) string { return strings.Join(texts, "\n") }

func (c content) text() string {
	var texts []string
	for i := range c.Parts {
		if c.Parts[i].Text != "" {
			texts = append(texts, c.Parts[i].Text)
		}
	}
	return strings.Join(texts, "\n")
}

// mimeType names the data of a part; it is empty for text and for calls.
func (p *part) mimeType() string {
	switch {
	case p.InlineData != nil:
		return p.InlineData.MimeType
	case p.FileData != nil:
		return cmp.Or(p.FileData.MimeType, "application/octet-stream")
	}
	return ""
}
