// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/spanledger/spanledger/internal/analysis"
)

// MaxDocumentBytes is the longest usage document that is read.
const MaxDocumentBytes = 4096

// part is what a number of a usage document counts.
type part uint8

const (
	partNone part = iota
	partInput
	partOutput
	partTotal
	partCacheRead
	partCacheWrite
	partReasoning
	partInputAudio
	partOutputAudio
	// partOtherInput and partOtherOutput are parts that no field is for.
	partOtherInput
	partOtherOutput

	numParts
)

// documentParts maps the keys of usage documents: Langfuse's own, which its
// users also fill with what a provider answered, those of MLflow and of
// LangChain.
var documentParts = map[string]part{
	"input": partInput, "input_tokens": partInput, "inputTokens": partInput, "prompt": partInput,
	"prompt_tokens": partInput, "promptTokens": partInput, "prompt_token_count": partInput,
	"promptTokenCount": partInput, "input_token_count": partInput, "inputTokenCount": partInput,

	"output": partOutput, "output_tokens": partOutput, "outputTokens": partOutput, "completion": partOutput,
	"completion_tokens": partOutput, "completionTokens": partOutput, "candidates_token_count": partOutput,
	"candidatesTokenCount": partOutput, "output_token_count": partOutput, "outputTokenCount": partOutput,

	"total": partTotal, "total_tokens": partTotal, "totalTokens": partTotal,
	"total_token_count": partTotal, "totalTokenCount": partTotal,

	"cache_read_input_tokens": partCacheRead, "cacheReadInputTokens": partCacheRead,
	"input_cached_tokens": partCacheRead, "input_cache_read": partCacheRead, "cache_read": partCacheRead,
	"cache_read_tokens": partCacheRead, "cached_tokens": partCacheRead, "cachedInputTokens": partCacheRead,
	"cached_content_token_count": partCacheRead,

	"cache_creation_input_tokens": partCacheWrite, "cacheCreationInputTokens": partCacheWrite,
	"cache_write_input_tokens": partCacheWrite, "cacheWriteInputTokens": partCacheWrite,
	"input_cache_creation": partCacheWrite, "input_cache_write": partCacheWrite, "cache_creation": partCacheWrite,
	"cache_write": partCacheWrite, "cache_write_tokens": partCacheWrite,
	"input_cache_creation_5m": partCacheWrite, "input_cache_creation_1h": partCacheWrite,

	"reasoning": partReasoning, "reasoning_tokens": partReasoning, "reasoningTokens": partReasoning,
	"output_reasoning": partReasoning, "output_reasoning_tokens": partReasoning,
	"thoughts_token_count": partReasoning,

	"input_audio": partInputAudio, "input_audio_tokens": partInputAudio,
	"output_audio": partOutputAudio, "output_audio_tokens": partOutputAudio,
}

func partOf(key string) part {
	if p, ok := documentParts[key]; ok {
		return p
	}
	switch {
	case strings.HasPrefix(key, "input_"):
		return partOtherInput
	case strings.HasPrefix(key, "output_"):
		return partOtherOutput
	}
	return partNone
}

// nestedPart reads the keys within the details of an input or output.
func nestedPart(side part, key string) part {
	switch p := partOf(key); {
	case p != partNone:
		return p
	case key != "audio" && key != "audio_tokens":
		return partNone
	case side == partInput:
		return partInputAudio
	default:
		return partOutputAudio
	}
}

// detailsOf returns whose details stand under a key, partNone for others.
func detailsOf(key string) part {
	switch key {
	case "prompt_tokens_details", "input_tokens_details", "input_token_details", "inputTokenDetails":
		return partInput
	case "completion_tokens_details", "output_tokens_details", "output_token_details", "outputTokenDetails":
		return partOutput
	}
	return partNone
}

// document is a usage document that is being read: an object of counts, as
// JSON or as a map, of which some may stand in objects of details.
type document struct {
	*mendSet
	// beside are the counts of the object itself, inside those of details.
	beside, inside [numParts]analysis.Count
	// own says that the keys are such that input and output leave out the
	// parts beside them: Langfuse's, or Anthropic's.
	own bool
}

// readDocuments takes the counts from the span's usage document, where nothing
// else tells its input or output, or else from those of details.
func (r *reader) readDocuments(u *analysis.Usage) {
	d := document{mendSet: &r.mendSet}
	if !r.span.has(fieldInput) && !r.span.has(fieldOutput) && r.span.has(fieldUsageDocument) {
		d.read(r.span.values[fieldUsageDocument], partNone)
	} else {
		if r.span.has(fieldInputDetails) {
			d.read(r.span.values[fieldInputDetails], partInput)
		}
		if r.span.has(fieldOutputDetails) {
			d.read(r.span.values[fieldOutputDetails], partOutput)
		}
	}
	d.give(r, u)
}

// read reads a document whole, or not at all.
func (d *document) read(v pcommon.Value, side part) {
	before := *d
	switch v.Type() {
	case pcommon.ValueTypeMap:
		d.fields(v.Map(), side)
	case pcommon.ValueTypeStr:
		s := scanner{text: v.Str()}
		switch {
		case len(s.text) > MaxDocumentBytes:
			d.add(MendLength)
		case !d.object(&s, side) || !s.atEnd():
			*d = before
			d.add(MendWrongType)
		}
	default:
		d.add(MendWrongType)
	}
}

// fields reads a map.
func (d *document) fields(m pcommon.Map, side part) {
	for key, v := range m.All() {
		switch {
		case v.Type() != pcommon.ValueTypeMap:
			if p := placeOf(side, key); p != partNone {
				d.put(side, key, p, d.count(v, MaxCount))
			}
		case side == partNone && detailsOf(key) != partNone:
			d.fields(v.Map(), detailsOf(key))
		}
	}
}

func placeOf(side part, key string) part {
	if side == partNone {
		return partOf(key)
	}
	return nestedPart(side, key)
}

// put adds a count: a part may have several, as a cache that is written for
// five minutes and for an hour.
func (d *document) put(side part, key string, p part, c analysis.Count) {
	if side != partNone {
		d.inside[p] = d.inside[p].Add(c)
		return
	}
	switch key {
	case "input", "output", "cache_read_input_tokens", "cache_creation_input_tokens":
		d.own = true
	}
	d.beside[p] = d.beside[p].Add(c)
}

// give writes the counts, with what stands beside the input and the output
// added to them where it is no part of them.
func (d *document) give(r *reader, u *analysis.Usage) {
	inputParts := d.sum(partCacheRead, partCacheWrite, partInputAudio, partOtherInput)
	outputParts := d.sum(partReasoning, partOutputAudio, partOtherOutput)
	input, output := d.beside[partInput], d.beside[partOutput]
	addInput, addOutput := leavesOut(input, inputParts, output, outputParts, d.beside[partTotal], d.own)
	if addInput {
		input = input.Add(inputParts)
	}
	if addOutput {
		output = output.Add(outputParts)
	}
	r.report(&u.Input, r.limit(input))
	r.report(&u.Output, r.limit(output))
	r.report(&u.ProviderTotal, d.beside[partTotal])
	r.report(&u.CacheRead, d.either(partCacheRead))
	r.report(&u.CacheWrite, d.either(partCacheWrite))
	r.report(&u.Reasoning, d.either(partReasoning))
	r.report(&u.InputBy.Audio, d.either(partInputAudio))
	r.report(&u.OutputBy.Audio, d.either(partOutputAudio))
}

func (d *document) sum(parts ...part) (sum analysis.Count) {
	for _, p := range parts {
		sum = sum.Add(d.beside[p])
	}
	return sum
}

// either returns the part as the object gives it, or else its details.
func (d *document) either(p part) analysis.Count {
	if d.beside[p].IsKnown() {
		return d.limit(d.beside[p])
	}
	return d.limit(d.inside[p])
}

// limit takes sums of too much for unknown.
func (s *mendSet) limit(c analysis.Count) analysis.Count {
	if c.OrZero() > MaxCount {
		s.add(MendCount)
		return analysis.Unknown()
	}
	return c
}
