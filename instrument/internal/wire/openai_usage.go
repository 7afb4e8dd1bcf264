// SPDX-License-Identifier: Apache-2.0

package wire

import "github.com/spanledger/spanledger/internal/analysis"

// What the documents of OpenAI's responses may hold that we report.
const (
	openaiDocument field = iota + 1
	openaiEvent
	openaiID
	openaiModel
	openaiTier
	openaiChoice
	openaiIndex
	openaiFinishReason
	openaiStatus
	openaiCause
	openaiError
	openaiErrorCode
	openaiErrorType
	openaiUsageObject
	openaiInput
	openaiOutput
	openaiTotal
	openaiCacheRead
	openaiCacheWrite
	openaiReasoning
	openaiInputText
	openaiInputImage
	openaiInputAudio
	openaiInputVideo
	openaiOutputText
	openaiOutputImage
	openaiOutputAudio
	openaiOutputVideo
)

// openaiUsagePaths are the paths of a usage object, whose counts have one set
// of names in chat completions and another in Responses.
func openaiUsagePaths(at, input, output string) []path {
	in, out := at+"."+input+"_tokens", at+"."+output+"_tokens"
	return []path{
		{at, openaiUsageObject},
		{in, openaiInput},
		{out, openaiOutput},
		{at + ".total_tokens", openaiTotal},
		{in + "_details.cached_tokens", openaiCacheRead},
		{in + "_details.cache_write_tokens", openaiCacheWrite},
		{in + "_details.text_tokens", openaiInputText},
		{in + "_details.image_tokens", openaiInputImage},
		{in + "_details.audio_tokens", openaiInputAudio},
		{in + "_details.video_tokens", openaiInputVideo},
		{out + "_details.reasoning_tokens", openaiReasoning},
		{out + "_details.text_tokens", openaiOutputText},
		{out + "_details.image_tokens", openaiOutputImage},
		{out + "_details.audio_tokens", openaiOutputAudio},
		{out + "_details.video_tokens", openaiOutputVideo},
	}
}

// openaiUsage is a usage object, or what several of one stream amount to.
type openaiUsage struct {
	input, output, total             analysis.Count
	cacheRead, cacheWrite, reasoning analysis.Count

	inputBy, outputBy analysis.Modalities
}

// take folds in the next usage object of a stream. Each is the whole truth so
// far, never a part of it; one that lacks a side adds what it has.
func (u *openaiUsage) take(next *openaiUsage) {
	switch {
	case next.input.Add(next.output).Add(next.total).OrZero() == 0 && u.input.IsKnown():
		// Nothing but zeros tells nothing where more is known.
	case next.input.IsKnown() && next.output.IsKnown():
		*u = *next
	default:
		u.merge(next)
	}
}

func (u *openaiUsage) merge(next *openaiUsage) {
	overwrite(&u.input, next.input)
	overwrite(&u.output, next.output)
	overwrite(&u.total, next.total)
	overwrite(&u.cacheRead, next.cacheRead)
	overwrite(&u.cacheWrite, next.cacheWrite)
	overwrite(&u.reasoning, next.reasoning)
	if next.inputBy != (analysis.Modalities{}) {
		u.inputBy = next.inputBy
	}
	if next.outputBy != (analysis.Modalities{}) {
		u.outputBy = next.outputBy
	}
}

// measure takes a value of a usage object, and nothing else.
func (u *openaiUsage) measure(f field, v value) {
	if to := u.count(f); to != nil {
		*to = v.count()
	}
}

// count returns where the count of a field belongs, nil for other fields.
func (u *openaiUsage) count(f field) *analysis.Count {
	switch f {
	case openaiInput:
		return &u.input
	case openaiOutput:
		return &u.output
	case openaiTotal:
		return &u.total
	case openaiCacheRead:
		return &u.cacheRead
	case openaiCacheWrite:
		return &u.cacheWrite
	case openaiReasoning:
		return &u.reasoning
	}
	return u.modality(f)
}

func (u *openaiUsage) modality(f field) *analysis.Count {
	switch f {
	case openaiInputText:
		return &u.inputBy.Text
	case openaiInputImage:
		return &u.inputBy.Image
	case openaiInputAudio:
		return &u.inputBy.Audio
	case openaiInputVideo:
		return &u.inputBy.Video
	case openaiOutputText:
		return &u.outputBy.Text
	case openaiOutputImage:
		return &u.outputBy.Image
	case openaiOutputAudio:
		return &u.outputBy.Audio
	case openaiOutputVideo:
		return &u.outputBy.Video
	}
	return nil
}

// usage does OpenAI's arithmetic: cached tokens are part of the input,
// reasoning is part of the output. Some who serve the dialect, xAI among them,
// count the reasoning beside the output, which then shows in the total.
func (u *openaiUsage) usage() analysis.Usage {
	output := u.output
	if u.reasoning.OrZero() > 0 && u.output.IsKnown() && u.input.IsKnown() &&
		u.input.Add(u.output).Add(u.reasoning) == u.total {
		output = u.output.Add(u.reasoning)
	}
	return analysis.Usage{
		Input:         u.input,
		Output:        output,
		CacheRead:     u.cacheRead,
		CacheWrite:    u.cacheWrite,
		Reasoning:     u.reasoning,
		ProviderTotal: u.total,
		InputBy:       u.inputBy,
		OutputBy:      u.outputBy,
	}
}
