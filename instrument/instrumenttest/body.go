// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// body is the part of a request's JSON that the stand-in understands. Enums
// and everything else that it does not need stay unread: the old SDK sends them
// as numbers, the new one as names.
type body struct {
	Model             string           `json:"model"`
	Contents          list[content]    `json:"contents"`
	SystemInstruction *content         `json:"systemInstruction"`
	Tools             list[tool]       `json:"tools"`
	GenerationConfig  generationConfig `json:"generationConfig"`
	CachedContent     string           `json:"cachedContent"`
	ServiceTier       any              `json:"serviceTier"`
	ContinuationToken []byte           `json:"continuationToken"`

	// GenerateContentRequest is where countTokens may hold all of the above.
	GenerateContentRequest *body `json:"generateContentRequest"`

	// Of embeddings.
	Content              *content   `json:"content"`
	Requests             list[body] `json:"requests"`
	OutputDimensionality int        `json:"outputDimensionality"`

	// Of cached contents.
	DisplayName string `json:"displayName"`
	TTL         string `json:"ttl"`
}

type content struct {
	Role  string     `json:"role"`
	Parts list[part] `json:"parts"`
}

type part struct {
	Text                string          `json:"text"`
	InlineData          *blob           `json:"inlineData"`
	FileData            *fileData       `json:"fileData"`
	FunctionCall        json.RawMessage `json:"functionCall"`
	FunctionResponse    json.RawMessage `json:"functionResponse"`
	ExecutableCode      json.RawMessage `json:"executableCode"`
	CodeExecutionResult json.RawMessage `json:"codeExecutionResult"`
}

type blob struct {
	MimeType string `json:"mimeType"`
	Data     string `json:"data"`
}

type fileData struct {
	MimeType string `json:"mimeType"`
	FileURI  string `json:"fileUri"`
}

type generationConfig struct {
	CandidateCount       int             `json:"candidateCount"`
	MaxOutputTokens      int             `json:"maxOutputTokens"`
	ResponseMimeType     string          `json:"responseMimeType"`
	OutputDimensionality int             `json:"outputDimensionality"`
	ThinkingConfig       *thinkingConfig `json:"thinkingConfig"`
}

type thinkingConfig struct {
	IncludeThoughts bool `json:"includeThoughts"`
	ThinkingBudget  *int `json:"thinkingBudget"`
}

// tool is one entry of the request's tools: its only member names it.
type tool map[string]json.RawMessage

// list is a JSON array; like Gemini it takes one object for an array of one.
type list[T any] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (l *list[T]) UnmarshalJSON(raw []byte) error {
	if !bytes.HasPrefix(raw, []byte("{")) {
		return json.Unmarshal(raw, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// parseBody reads a request's JSON document.
func parseBody(raw []byte) (*body, error) {
	raw, err := camelCase(raw)
	if err != nil {
		return nil, err
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	if b.GenerateContentRequest != nil {
		return b.GenerateContentRequest, nil
	}
	return &b, nil
}

// camelNames maps the snake-case names that Gemini takes too.
var camelNames = map[string]string{
	"system_instruction": "systemInstruction", "generation_config": "generationConfig",
	"cached_content": "cachedContent", "continuation_token": "continuationToken", "service_tier": "serviceTier",
	"inline_data": "inlineData", "file_data": "fileData", "mime_type": "mimeType", "file_uri": "fileUri",
	"function_call": "functionCall", "function_response": "functionResponse",
	"function_declarations": "functionDeclarations", "code_execution": "codeExecution",
	"google_search": "googleSearch", "url_context": "urlContext",
	"max_output_tokens": "maxOutputTokens", "candidate_count": "candidateCount",
	"response_mime_type": "responseMimeType", "thinking_config": "thinkingConfig",
	"include_thoughts": "includeThoughts", "thinking_budget": "thinkingBudget",
	"output_dimensionality": "outputDimensionality", "display_name": "displayName",
}

// opaqueNames hold the caller's own JSON, whose names are not Gemini's.
var opaqueNames = map[string]bool{"functionCall": true, "functionResponse": true, "functionDeclarations": true}

// camelCase rewrites snake-case names; a document without any comes back as is.
func camelCase(raw []byte) ([]byte, error) {
	if !hasSnakeName(raw) {
		return raw, nil
	}
	var document any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // escapes would count as characters
	if err := encoder.Encode(renamed(document)); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return out.Bytes(), nil
}

func hasSnakeName(raw []byte) bool {
	for name := range camelNames {
		if bytes.Contains(raw, []byte(`"`+name+`"`)) {
			return true
		}
	}
	return false
}

func renamed(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = renamed(value[i])
		}
	case map[string]any:
		out := make(map[string]any, len(value))
		for name, member := range value {
			if camel, ok := camelNames[name]; ok {
				name = camel
			}
			if !opaqueNames[name] {
				member = renamed(member)
			}
			out[name] = member
		}
		return out
	}
	return value
}
