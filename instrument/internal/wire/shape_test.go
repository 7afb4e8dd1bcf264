// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

const (
	chatPath         = "/v1/chat/completions"
	responsesPath    = "/v1/responses"
	anthropicPath    = "/v1/messages"
	interactionsPath = "/v1beta/interactions"
)

// object is a JSON object.
type object = map[string]any

// shape is how a dialect writes an answer with all counts, and how a reader
// that has all the time in the world reads them.
type shape struct {
	name, path string
	key        string // of the usage object
	input      string // the key in it that alone makes the input
	answer     func(text any) object
	usage      func(count func() int) object
	decoded    func(t *testing.T, document []byte) analysis.Usage
}

func shapes() []shape {
	return []shape{
		{
			name: "gemini", path: geminiPath, key: "usageMetadata", input: "promptTokenCount",
			answer: func(text any) object {
				return object{"candidates": []any{object{"finishReason": "STOP", "content": text}}}
			},
			usage: geminiCounts, decoded: decodedGemini,
		},
		{
			name: "chat", path: chatPath, key: "usage", input: "prompt_tokens",
			answer: func(text any) object {
				return object{"choices": []any{object{"finish_reason": "stop", "message": text}}}
			},
			usage: chatCounts, decoded: decodedChat,
		},
		{
			name: "responses", path: responsesPath, key: "usage", input: "input_tokens",
			answer: func(text any) object {
				return object{"status": "completed", "output": []any{text}, "tool_usage": text}
			},
			usage: responsesCounts, decoded: decodedResponses,
		},
		{
			name: "anthropic", path: anthropicPath, key: "usage", input: "input_tokens",
			answer: func(text any) object {
				return object{"type": "message", "stop_reason": "end_turn", "content": []any{text}}
			},
			usage: anthropicCounts, decoded: decodedAnthropic,
		},
		{
			name: "interactions", path: interactionsPath, key: "usage", input: "total_input_tokens",
			answer: func(text any) object {
				return object{"status": "completed", "steps": []any{text}}
			},
			usage: interactionsCounts, decoded: decodedInteractions,
		},
	}
}

func geminiCounts(count func() int) object {
	prompt, tools, candidates, thoughts := count(), count(), count(), count()
	return object{
		"promptTokenCount": prompt, "toolUsePromptTokenCount": tools, "cachedContentTokenCount": count(),
		"candidatesTokenCount": candidates, "thoughtsTokenCount": thoughts,
		"totalTokenCount": prompt + tools + candidates + thoughts,
	}
}

func decodedGemini(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		UsageMetadata struct {
			PromptTokenCount, ToolUsePromptTokenCount, CachedContentTokenCount int64
			CandidatesTokenCount, ThoughtsTokenCount, TotalTokenCount          int64
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.UsageMetadata
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.PromptTokenCount + u.ToolUsePromptTokenCount), ToolUse: known(u.ToolUsePromptTokenCount),
		Output: known(u.CandidatesTokenCount + u.ThoughtsTokenCount), Reasoning: known(u.ThoughtsTokenCount),
		CacheRead: known(u.CachedContentTokenCount), ProviderTotal: known(u.TotalTokenCount),
	}
}

func chatCounts(count func() int) object {
	prompt, completion := count(), count()
	return object{
		"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
		"prompt_tokens_details":     object{"cached_tokens": count(), "audio_tokens": count()},
		"completion_tokens_details": object{"reasoning_tokens": count(), "text_tokens": count()},
		"cost":                      666.5,
	}
}

func decodedChat(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		Usage struct {
			Input   int64 `json:"prompt_tokens"`
			Output  int64 `json:"completion_tokens"`
			Total   int64 `json:"total_tokens"`
			InputBy struct {
				Cached int64 `json:"cached_tokens"`
				Audio  int64 `json:"audio_tokens"`
			} `json:"prompt_tokens_details"`
			OutputBy struct {
				Reasoning int64 `json:"reasoning_tokens"`
				Text      int64 `json:"text_tokens"`
			} `json:"completion_tokens_details"`
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.Usage
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.Input), Output: known(u.Output), ProviderTotal: known(u.Total),
		CacheRead: known(u.InputBy.Cached), Reasoning: known(u.OutputBy.Reasoning),
		InputBy:  analysis.Modalities{Audio: known(u.InputBy.Audio)},
		OutputBy: analysis.Modalities{Text: known(u.OutputBy.Text)},
	}
}

func responsesCounts(count func() int) object {
	input, output := count(), count()
	return object{
		"input_tokens": input, "output_tokens": output, "total_tokens": input + output,
		"input_tokens_details":  object{"cached_tokens": count(), "cache_write_tokens": count()},
		"output_tokens_details": object{"reasoning_tokens": count()},
	}
}

func decodedResponses(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		Usage struct {
			Input   int64 `json:"input_tokens"`
			Output  int64 `json:"output_tokens"`
			Total   int64 `json:"total_tokens"`
			InputBy struct {
				Cached  int64 `json:"cached_tokens"`
				Written int64 `json:"cache_write_tokens"`
			} `json:"input_tokens_details"`
			OutputBy struct {
				Reasoning int64 `json:"reasoning_tokens"`
			} `json:"output_tokens_details"`
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.Usage
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.Input), Output: known(u.Output), ProviderTotal: known(u.Total),
		CacheRead: known(u.InputBy.Cached), CacheWrite: known(u.InputBy.Written),
		Reasoning: known(u.OutputBy.Reasoning),
	}
}

func anthropicCounts(count func() int) object {
	return object{
		"input_tokens": count(), "cache_read_input_tokens": count(), "cache_creation_input_tokens": count(),
		"output_tokens": count(), "output_tokens_details": object{"thinking_tokens": count()},
		"server_tool_use": object{"web_search_requests": count()},
		"iterations":      []any{object{"input_tokens": 666, "output_tokens": 666}},
	}
}

func decodedAnthropic(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		Usage struct {
			Input    int64 `json:"input_tokens"`
			Read     int64 `json:"cache_read_input_tokens"`
			Written  int64 `json:"cache_creation_input_tokens"`
			Output   int64 `json:"output_tokens"`
			OutputBy struct {
				Thinking int64 `json:"thinking_tokens"`
			} `json:"output_tokens_details"`
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.Usage
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.Input + u.Read + u.Written), CacheRead: known(u.Read), CacheWrite: known(u.Written),
		Output: known(u.Output), Reasoning: known(u.OutputBy.Thinking),
	}
}

func interactionsCounts(count func() int) object {
	input, tools, output, thoughts := count(), count(), count(), count()
	return object{
		"total_input_tokens": input, "total_tool_use_tokens": tools, "total_cached_tokens": count(),
		"total_output_tokens": output, "total_thought_tokens": thoughts,
		"total_tokens":             input + tools + output + thoughts,
		"input_tokens_by_modality": []any{object{"modality": "text", "tokens": input}},
	}
}

func decodedInteractions(t *testing.T, document []byte) analysis.Usage {
	t.Helper()
	var response struct {
		Usage struct {
			Input    int64 `json:"total_input_tokens"`
			ToolUse  int64 `json:"total_tool_use_tokens"`
			Cached   int64 `json:"total_cached_tokens"`
			Output   int64 `json:"total_output_tokens"`
			Thoughts int64 `json:"total_thought_tokens"`
			Total    int64 `json:"total_tokens"`
		}
	}
	require.NoError(t, json.Unmarshal(document, &response))
	u := response.Usage
	return analysis.Usage{
		Status: analysis.StatusReported,
		Input:  known(u.Input + u.ToolUse), ToolUse: known(u.ToolUse), CacheRead: known(u.Cached),
		Output: known(u.Output + u.Thoughts), Reasoning: known(u.Thoughts), ProviderTotal: known(u.Total),
		InputBy: analysis.Modalities{Text: known(u.Input)},
	}
}
