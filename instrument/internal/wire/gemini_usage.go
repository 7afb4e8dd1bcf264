// SPDX-License-Identifier: Apache-2.0

package wire

import "github.com/spanledger/spanledger/internal/analysis"

// geminiUsage is a usageMetadata object, or what several of one stream amount
// to.
type geminiUsage struct {
	prompt, candidates, thoughts, toolUse, cached, total analysis.Count

	inputBy, outputBy analysis.Modalities
}

// take folds in the next usage object of a stream. Counts are cumulative, and
// start anew at a server's tool step: an object whose parts add up to its
// total is the whole truth and replaces what came before, one that lacks
// parts adds those that it has.
func (u *geminiUsage) take(next *geminiUsage) {
	switch {
	case next.isZero():
		// Nothing but zeros tells nothing where more is known.
		if u.isZero() {
			u.merge(next)
		}
	case next.addsUp():
		*u = *next
	default:
		u.merge(next)
	}
}

// parts returns the sum of what is known of the parts.
func (u *geminiUsage) parts() analysis.Count { return u.input().Add(u.candidates).Add(u.thoughts) }

// input is unknown without the prompt's count: what tools fed back is but a
// part of it.
func (u *geminiUsage) input() analysis.Count {
	if !u.prompt.IsKnown() {
		return analysis.Unknown()
	}
	return u.prompt.Add(u.toolUse)
}

// isZero reports whether no count is above zero.
func (u *geminiUsage) isZero() bool {
	return u.parts().Add(u.toolUse).Add(u.cached).Add(u.total).OrZero() == 0
}

func (u *geminiUsage) addsUp() bool {
	return u.prompt.IsKnown() && (u.parts() == u.total || u.thoughtsWithin())
}

// thoughtsWithin reports whether the candidates' count holds the thoughts
// already: the total leaves no room for them beside it.
func (u *geminiUsage) thoughtsWithin() bool {
	thoughts := u.thoughts.OrZero()
	return thoughts > 0 && u.prompt.IsKnown() && u.candidates.OrZero() >= thoughts &&
		u.input().Add(u.candidates) == u.total
}

func (u *geminiUsage) merge(next *geminiUsage) {
	overwrite(&u.prompt, next.prompt)
	overwrite(&u.candidates, next.candidates)
	overwrite(&u.thoughts, next.thoughts)
	overwrite(&u.toolUse, next.toolUse)
	overwrite(&u.cached, next.cached)
	overwrite(&u.total, next.total)
	if next.inputBy != (analysis.Modalities{}) {
		u.inputBy = next.inputBy
	}
	if next.outputBy != (analysis.Modalities{}) {
		u.outputBy = next.outputBy
	}
}

func overwrite(to *analysis.Count, with analysis.Count) {
	if with.IsKnown() {
		*to = with
	}
}

// usage does Gemini's arithmetic: the prompt's count includes what came from
// a cache, the candidates' count excludes the thoughts. Protobuf leaves out
// zeros: where the input alone is the total, the output is 0.
func (u *geminiUsage) usage() analysis.Usage {
	output := u.candidates.Add(u.thoughts)
	switch {
	case u.thoughtsWithin():
		output = u.candidates
	case !output.IsKnown() && u.prompt.IsKnown() && u.input() == u.total:
		output = analysis.Known(0)
	}
	return analysis.Usage{
		Input:         u.input(),
		Output:        output,
		CacheRead:     u.cached,
		Reasoning:     u.thoughts,
		ToolUse:       u.toolUse,
		ProviderTotal: u.total,
		InputBy:       u.inputBy,
		OutputBy:      u.outputBy,
	}
}

// geminiDetail is one element of a list of counts by modality.
type geminiDetail struct {
	modality string
	count    analysis.Count
}

// addTo adds the element to its modality. The older SDK asks for numbers in
// place of names.
func (d *geminiDetail) addTo(m *analysis.Modalities) {
	var to *analysis.Count
	switch d.modality {
	case "text", "1":
		to = &m.Text
	case "image", "2":
		to = &m.Image
	case "video", "3":
		to = &m.Video
	case "audio", "4":
		to = &m.Audio
	default:
		return
	}
	*to = to.Add(d.count)
}
