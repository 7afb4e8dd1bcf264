// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// What a Gemini request may hold that we report.
const (
	geminiTemperature field = iota + 1
	geminiTopP
	geminiTopK
	geminiMaxTokens
	geminiSeed
	geminiChoiceCount
	geminiStopSequence
	geminiPresencePenalty
	geminiFrequencyPenalty
	geminiMIMEType
	geminiModality
	geminiPartMIMEType
	geminiCodeExecution
)

var geminiRequestPaths = compile(
	noField,
	path{"generationConfig.temperature", geminiTemperature},
	path{"generationConfig.topP", geminiTopP},
	path{"generationConfig.topK", geminiTopK},
	path{"generationConfig.maxOutputTokens", geminiMaxTokens},
	path{"generationConfig.seed", geminiSeed},
	path{"generationConfig.candidateCount", geminiChoiceCount},
	path{"generationConfig.stopSequences[]", geminiStopSequence},
	path{"generationConfig.presencePenalty", geminiPresencePenalty},
	path{"generationConfig.frequencyPenalty", geminiFrequencyPenalty},
	path{"generationConfig.responseMimeType", geminiMIMEType},
	path{"generationConfig.responseModalities[]", geminiModality},
	path{"contents[].parts[].inlineData.mimeType", geminiPartMIMEType},
	path{"contents[].parts[].fileData.mimeType", geminiPartMIMEType},
	path{"tools[].codeExecution{}", geminiCodeExecution},
)

// maxStopSequences bounds what is kept of a request; Gemini takes five.
const maxStopSequences = 16

// geminiRequest is the sink of a request's body.
type geminiRequest struct {
	known         Request
	images        int
	codeExecution bool
}

// result implements requestSink.
func (g *geminiRequest) result() Request {
	r := g.known
	r.StopSequences = slices.Clone(r.StopSequences)
	r.CallType = g.callType()
	return r
}

// callType infers the application's step from what is asked.
func (g *geminiRequest) callType() analysis.CallType {
	switch {
	case g.known.Operation == semconv.OperationEmbeddings:
		return semconv.CallTypeEmbeddings
	case g.codeExecution:
		return semconv.CallTypeLLMCodeExecution
	case g.images > 1:
		return semconv.CallTypeLLMWithImages
	case g.images == 1:
		return semconv.CallTypeLLMWithImage
	}
	return semconv.CallTypeLLM
}

func (g *geminiRequest) open(f field) {
	if f == geminiCodeExecution {
		g.codeExecution = true
	}
}

func (g *geminiRequest) list(field)  {}
func (g *geminiRequest) close(field) {}

func (g *geminiRequest) value(f field, v value) {
	switch f {
	case geminiStopSequence:
		g.stopSequence(v)
	case geminiMIMEType:
		g.outputType(mimeOutput(v))
	case geminiModality:
		g.outputType(modalityOutput(v))
	case geminiPartMIMEType:
		if bytes.HasPrefix(v, []byte("image/")) {
			g.images++
		}
	default:
		g.parameter(f, v)
	}
}

// parameter takes a number of the generation's configuration.
func (g *geminiRequest) parameter(f field, v value) {
	r := &g.known
	switch f {
	case geminiTemperature:
		setNumber(&r.Temperature, v)
	case geminiTopP:
		setNumber(&r.TopP, v)
	case geminiPresencePenalty:
		setNumber(&r.PresencePenalty, v)
	case geminiFrequencyPenalty:
		setNumber(&r.FrequencyPenalty, v)
	case geminiTopK:
		setInteger(&r.TopK, v)
	case geminiMaxTokens:
		setInteger(&r.MaxTokens, v)
	case geminiSeed:
		setInteger(&r.Seed, v)
	case geminiChoiceCount:
		setInteger(&r.ChoiceCount, v)
	}
}

func (g *geminiRequest) stopSequence(v value) {
	r := &g.known
	if len(v) > 0 && len(r.StopSequences) < maxStopSequences {
		r.StopSequences = append(r.StopSequences, strings.ToValidUTF8(string(v), "\ufffd"))
	}
}

// outputType keeps the most telling of what is asked for: text goes with
// everything.
func (g *geminiRequest) outputType(asked string) {
	if asked != "" && (g.known.OutputType == "" || g.known.OutputType == outputText) {
		g.known.OutputType = asked
	}
}

// Values of gen_ai.output.type.
const (
	outputText   = "text"
	outputJSON   = "json"
	outputImage  = "image"
	outputSpeech = "speech"
)

func mimeOutput(v value) string {
	switch {
	case string(v) == "application/json":
		return outputJSON
	case bytes.HasPrefix(v, []byte("text/")):
		return outputText
	}
	return ""
}

// modalityOutput takes the name or, from the older SDK, the number.
func modalityOutput(v value) string {
	switch v.lower() {
	case "text", "1":
		return outputText
	case "image", "2":
		return outputImage
	case "audio", "3":
		return outputSpeech
	}
	return ""
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
