// SPDX-License-Identifier: Apache-2.0

package instrumenttest

// Enum fields are of type any: a name, or a number where the client asked for
// numbers.

type wireResponse struct {
	Candidates     []wireCandidate `json:"candidates,omitempty"`
	PromptFeedback *wireFeedback   `json:"promptFeedback,omitempty"`
	UsageMetadata  *wireUsage      `json:"usageMetadata,omitempty"`
	ModelVersion   string          `json:"modelVersion,omitempty"`
	ResponseID     string          `json:"responseId,omitempty"`
}

type wireCandidate struct {
	Content           wireContent    `json:"content"`
	FinishReason      any            `json:"finishReason,omitempty"`
	Index             int            `json:"index"`
	GroundingMetadata *wireGrounding `json:"groundingMetadata,omitempty"`
	ContinuationToken []byte         `json:"continuationToken,omitempty"`
}

type wireContent struct {
	Parts []wirePart `json:"parts,omitempty"`
	Role  string     `json:"role,omitempty"`
}

type wirePart struct {
	Text                string        `json:"text,omitempty"`
	Thought             bool          `json:"thought,omitempty"`
	ExecutableCode      *wireCode     `json:"executableCode,omitempty"`
	CodeExecutionResult *wireResult   `json:"codeExecutionResult,omitempty"`
	FunctionCall        *FunctionCall `json:"functionCall,omitempty"`
}

type wireCode struct {
	Language any    `json:"language"`
	Code     string `json:"code"`
}

type wireResult struct {
	Outcome any    `json:"outcome"`
	Output  string `json:"output"`
}

type wireGrounding struct {
	WebSearchQueries []string `json:"webSearchQueries"`
}

type wireFeedback struct {
	BlockReason any `json:"blockReason"`
}

type wireUsage struct {
	PromptTokenCount        int            `json:"promptTokenCount,omitempty"`
	CachedContentTokenCount int            `json:"cachedContentTokenCount,omitempty"`
	CandidatesTokenCount    int            `json:"candidatesTokenCount,omitempty"`
	ToolUsePromptTokenCount int            `json:"toolUsePromptTokenCount,omitempty"`
	ThoughtsTokenCount      int            `json:"thoughtsTokenCount,omitempty"`
	TotalTokenCount         int            `json:"totalTokenCount,omitempty"`
	PromptTokensDetails     []wireModality `json:"promptTokensDetails,omitempty"`
	CacheTokensDetails      []wireModality `json:"cacheTokensDetails,omitempty"`
	CandidatesTokensDetails []wireModality `json:"candidatesTokensDetails,omitempty"`
	ToolUseTokensDetails    []wireModality `json:"toolUsePromptTokensDetails,omitempty"`
	ServiceTier             string         `json:"serviceTier,omitempty"`
	TrafficType             any            `json:"trafficType,omitempty"`
}

type wireModality struct {
	Modality   any `json:"modality"`
	TokenCount int `json:"tokenCount"`
}

// encoder turns events into the objects of one response.
type encoder struct {
	enums      enums
	candidates int
	model      string
	id         string
	tier       string // of the developer API; Vertex AI has traffic types
}

func (e encoder) response(ev event) wireResponse {
	response := wireResponse{
		UsageMetadata: e.usage(ev.usage),
		ModelVersion:  e.model,
		ResponseID:    e.id,
	}
	if ev.blocked != "" {
		response.PromptFeedback = &wireFeedback{BlockReason: e.enums.of(blockReasons, ev.blocked)}
		return response
	}
	for i := range e.candidates {
		response.Candidates = append(response.Candidates, e.candidate(ev, i))
	}
	return response
}

func (e encoder) candidate(ev event, index int) wireCandidate {
	c := wireCandidate{Index: index, Content: wireContent{Role: "model"}, ContinuationToken: ev.token}
	for _, p := range ev.parts {
		c.Content.Parts = append(c.Content.Parts, e.part(p))
	}
	if ev.finish != "" {
		c.FinishReason = e.enums.of(finishReasons, ev.finish)
	}
	if ev.searched {
		c.GroundingMetadata = &wireGrounding{WebSearchQueries: []string{"background to the question"}}
	}
	return c
}

func (e encoder) part(p answerPart) wirePart {
	switch {
	case p.thought != "":
		return wirePart{Text: p.thought, Thought: true}
	case p.code != "":
		return wirePart{ExecutableCode: &wireCode{Language: e.enums.of(languages, "PYTHON"), Code: p.code}}
	case p.call != nil:
		return wirePart{FunctionCall: p.call}
	case p.text != "":
		return wirePart{Text: p.text}
	default:
		outcome := e.enums.of(outcomes, "OUTCOME_OK")
		return wirePart{CodeExecutionResult: &wireResult{Outcome: outcome, Output: p.output}}
	}
}

func (e encoder) usage(u Usage) *wireUsage {
	w := &wireUsage{
		PromptTokenCount:        u.Prompt,
		CachedContentTokenCount: u.Cached,
		CandidatesTokenCount:    u.Candidates,
		ToolUsePromptTokenCount: u.ToolUse,
		ThoughtsTokenCount:      u.Thoughts,
		TotalTokenCount:         u.Total,
		PromptTokensDetails:     e.enums.modalities(u.PromptDetails),
		CacheTokensDetails:      e.enums.modalities(u.CachedDetails),
		CandidatesTokensDetails: e.enums.modalities(u.CandidatesDetails),
		ToolUseTokensDetails:    e.enums.modalities(u.ToolUseDetails),
		ServiceTier:             e.tier,
	}
	if e.tier == "" {
		w.TrafficType = "ON_DEMAND"
	}
	return w
}
