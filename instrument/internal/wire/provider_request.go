// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// maxStopSequences bounds what is kept of a request; Gemini takes five.
const maxStopSequences = 16

// Values of gen_ai.output.type.
const (
	outputText   = "text"
	outputJSON   = "json"
	outputImage  = "image"
	outputSpeech = "speech"
)

// asked is what every dialect keeps of a request.
type asked struct {
	known         Request
	images        int
	codeExecution bool
}

// result implements requestSink.
func (a *asked) result() Request {
	r := a.known
	r.StopSequences = slices.Clone(r.StopSequences)
	r.CallType = a.callType()
	return r
}

// callType infers the application's step from what is asked.
func (a *asked) callType() analysis.CallType {
	switch {
	case a.known.Operation == semconv.OperationEmbeddings:
		return semconv.CallTypeEmbeddings
	case a.codeExecution:
		return semconv.CallTypeLLMCodeExecution
	case a.images > 1:
		return semconv.CallTypeLLMWithImages
	case a.images == 1:
		return semconv.CallTypeLLMWithImage
	}
	return semconv.CallTypeLLM
}

func (a *asked) stopSequence(v value) {
	r := &a.known
	if len(v) > 0 && len(r.StopSequences) < maxStopSequences {
		r.StopSequences = append(r.StopSequences, strings.ToValidUTF8(string(v), "\ufffd"))
	}
}

// outputType keeps the most telling of what is asked for: text goes with
// everything.
func (a *asked) outputType(asked string) {
	if asked != "" && (a.known.OutputType == "" || a.known.OutputType == outputText) {
		a.known.OutputType = asked
	}
}

func setNumber(to **float64, v value) {
	if f, ok := v.number(); ok {
		*to = &f
	}
}

func setInteger(to **int64, v value) {
	if n, ok := v.integer(); ok {
		*to = &n
	}
}

// What a request that names its model in its body may hold that we report.
const (
	askModel field = iota + 1
	askStream
	askTemperature
	askTopP
	askTopK
	askMaxTokens
	askSeed
	askChoiceCount
	askStopSequence
	askPresencePenalty
	askFrequencyPenalty
	askFormat
	askMIMEType
	askModality
	askPart
	askTool
)

// bodyRequest is the sink of a request that names its model in its body,
// whatever the dialect: only the paths differ.
type bodyRequest struct {
	asked
	deployed bool // the path named the model: what the body says counts less
}

func (b *bodyRequest) open(field)  {}
func (b *bodyRequest) list(field)  {}
func (b *bodyRequest) close(field) {}

func (b *bodyRequest) value(f field, v value) {
	switch f {
	case askModel:
		if !b.deployed {
			b.known.Model = bareModel(b.known.Provider, v.name(b.known.Model))
		}
	case askStream:
		b.known.Stream = b.known.Stream || string(v) == "true"
	case askStopSequence:
		b.stopSequence(v)
	case askFormat:
		b.outputType(formatOutput(v))
	case askMIMEType:
		b.outputType(mimeOutput(v))
	case askModality:
		b.outputType(modalityOutput(v))
	case askPart:
		b.part(v)
	case askTool:
		b.tool(v)
	default:
		b.parameter(f, v)
	}
}

// parameter takes a number.
func (b *bodyRequest) parameter(f field, v value) {
	r := &b.known
	switch f {
	case askTemperature:
		setNumber(&r.Temperature, v)
	case askTopP:
		setNumber(&r.TopP, v)
	case askPresencePenalty:
		setNumber(&r.PresencePenalty, v)
	case askFrequencyPenalty:
		setNumber(&r.FrequencyPenalty, v)
	case askTopK:
		setInteger(&r.TopK, v)
	case askMaxTokens:
		setInteger(&r.MaxTokens, v)
	case askSeed:
		setInteger(&r.Seed, v)
	case askChoiceCount:
		setInteger(&r.ChoiceCount, v)
	}
}

// part takes the type of a piece of the prompt.
func (b *bodyRequest) part(v value) {
	switch string(v) {
	case "image", "image_url", "input_image":
		b.images++
	}
}

// tool takes the type of a tool; Anthropic's have a date in their names.
func (b *bodyRequest) tool(v value) {
	if string(v) == "code_interpreter" || bytes.HasPrefix(v, []byte("code_execution")) {
		b.codeExecution = true
	}
}

// formatOutput takes the type of a format that the answer must have.
func formatOutput(v value) string {
	switch string(v) {
	case "json_object", "json_schema":
		return outputJSON
	}
	return modalityOutput(v)
}

// bareModel strips from a model that Google serves what stands in front of
// its name. Elsewhere such a path is part of the name.
func bareModel(provider, name string) string {
	if provider != semconv.ProviderGemini && provider != semconv.ProviderVertexAI {
		return name
	}
	return strings.TrimPrefix(modelName(name), "google/")
}
