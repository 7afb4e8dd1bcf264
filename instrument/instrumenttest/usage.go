// SPDX-License-Identifier: Apache-2.0

package instrumenttest

// Usage is what a response reported, in the terms of Gemini's usageMetadata
// whatever the API: the parts exclude each other, and what an API counts within
// another count is taken out of it. A count that the response left out is 0; the
// zero value is a response without usage. Values can be compared with ==.
type Usage struct {
	// Prompt counts everything the request sent, cached content included and
	// the results of server-side tools excluded.
	Prompt int
	// Candidates counts the answer, thoughts excluded.
	Candidates int
	// Thoughts counts what the model thought before it answered.
	Thoughts int
	// ToolUse counts what server-side tools fed back into the model.
	ToolUse int
	// Cached is the part of Prompt that came from cached content.
	Cached int
	// CacheWrite is the part of Prompt that went into a cache.
	CacheWrite int
	// Total is the response's own total: Prompt + Candidates + Thoughts +
	// ToolUse, unless an [Answer] was told to claim something else. Gemini's
	// embeddings name none, and Anthropic never does.
	Total int

	// The same counts by modality. Thoughts have none.
	PromptDetails     Modalities
	CandidatesDetails Modalities
	ToolUseDetails    Modalities
	CachedDetails     Modalities
}

// Input is everything the model read: Prompt and ToolUse. Cached is part of it.
func (u Usage) Input() int { return u.Prompt + u.ToolUse }

// Output is everything the model wrote: Candidates and Thoughts.
func (u Usage) Output() int { return u.Candidates + u.Thoughts }

// Add returns the sum of both, count by count.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		Prompt:            u.Prompt + v.Prompt,
		Candidates:        u.Candidates + v.Candidates,
		Thoughts:          u.Thoughts + v.Thoughts,
		ToolUse:           u.ToolUse + v.ToolUse,
		Cached:            u.Cached + v.Cached,
		CacheWrite:        u.CacheWrite + v.CacheWrite,
		Total:             u.Total + v.Total,
		PromptDetails:     u.PromptDetails.Add(v.PromptDetails),
		CandidatesDetails: u.CandidatesDetails.Add(v.CandidatesDetails),
		ToolUseDetails:    u.ToolUseDetails.Add(v.ToolUseDetails),
		CachedDetails:     u.CachedDetails.Add(v.CachedDetails),
	}
}

// withTotal fills the total from the parts.
func (u Usage) withTotal() Usage {
	u.Total = u.Prompt + u.Candidates + u.Thoughts + u.ToolUse
	return u
}

// Modalities are tokens by the kind of data they stand for.
type Modalities struct {
	Text, Image, Video, Audio, Document int
}

// Add returns the sum of both, kind by kind.
func (m Modalities) Add(n Modalities) Modalities {
	return Modalities{
		Text:     m.Text + n.Text,
		Image:    m.Image + n.Image,
		Video:    m.Video + n.Video,
		Audio:    m.Audio + n.Audio,
		Document: m.Document + n.Document,
	}
}

// Total is the sum of all kinds.
func (m Modalities) Total() int {
	return m.Text + m.Image + m.Video + m.Audio + m.Document
}
