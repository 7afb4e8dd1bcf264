// SPDX-License-Identifier: Apache-2.0

package wire

import "bytes"

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

// geminiRequest is the sink of a request's body.
type geminiRequest struct{ asked }

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
