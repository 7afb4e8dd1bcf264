// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"
	"google.golang.org/genai/interactions/models/interactions"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/instrument/internal/wiretest"
	"github.com/spanledger/spanledger/internal/analysis"
)

// TestWire_Generate reads what genai's own type writes.
func TestWire_Generate(t *testing.T) {
	t.Parallel()
	details := func(of ...genai.MediaModality) (list []*genai.ModalityTokenCount) {
		for i, modality := range of {
			list = append(list, &genai.ModalityTokenCount{Modality: modality, TokenCount: int32(i + 1)})
		}
		return list
	}
	modalities := []genai.MediaModality{
		genai.MediaModalityText, genai.MediaModalityImage, genai.MediaModalityAudio, genai.MediaModalityVideo,
	}
	body, err := json.Marshal(genai.GenerateContentResponse{
		Candidates:   []*genai.Candidate{{FinishReason: genai.FinishReasonMaxTokens}},
		ModelVersion: "gemini-2.5-flash", ResponseID: "r1",
		UsageMetadata: &genai.GenerateContentResponseUsageMetadata{
			PromptTokenCount: 10, ToolUsePromptTokenCount: 20, CachedContentTokenCount: 3, CandidatesTokenCount: 40,
			ThoughtsTokenCount: 50, TotalTokenCount: 120, TrafficType: genai.TrafficTypeProvisionedThroughput,
			PromptTokensDetails: details(modalities...), CandidatesTokensDetails: details(modalities...),
			CacheTokensDetails: details(modalities...), ToolUsePromptTokensDetails: details(modalities...),
		},
	})
	require.NoError(t, err)
	by := analysis.Modalities{
		Text:  analysis.Known(1),
		Image: analysis.Known(2),
		Audio: analysis.Known(3),
		Video: analysis.Known(4),
	}
	require.Equal(t, wire.Response{
		ID: "r1", Model: "gemini-2.5-flash", FinishReasons: []string{"max_tokens"}, ServiceTier: "provisioned",
		Usage: analysis.Usage{
			Status:        analysis.StatusReported,
			Input:         analysis.Known(30),
			ToolUse:       analysis.Known(20),
			CacheRead:     analysis.Known(3),
			Output:        analysis.Known(90),
			Reasoning:     analysis.Known(50),
			ProviderTotal: analysis.Known(120),
			InputBy:       by,
			OutputBy:      by,
		},
	}, wiretest.NewTeller(1).Read(t, "/v1beta/models/m:generateContent", string(body)))
}

// TestWire_Interactions reads what genai's own types write.
func TestWire_Interactions(t *testing.T) {
	t.Parallel()
	modalities := []interactions.ModalityTokens{
		{Modality: interactions.ResponseModalityText.ToPointer(), Tokens: new(7)},
	}
	body, err := json.Marshal(interactions.InteractionSseEventInteraction{
		ID: "i1", Model: new("gemini-3.7-flash"), Status: interactions.InteractionSseEventInteractionStatusCompleted,
		Usage: &interactions.Usage{
			TotalInputTokens: new(
				10,
			),
			TotalToolUseTokens:      new(20),
			TotalCachedTokens:       new(3),
			TotalOutputTokens:       new(40),
			TotalThoughtTokens:      new(50),
			TotalTokens:             new(120),
			InitialInputTokens:      new(666),
			InputTokensByModality:   modalities,
			OutputTokensByModality:  modalities,
			CachedTokensByModality:  modalities,
			ToolUseTokensByModality: modalities,
		},
	})
	require.NoError(t, err)
	stream := `data: {"event_type":"interaction.created","interaction":{"id":"i1","status":"in_progress"}}` + "\n\n" +
		`data: {"event_type":"interaction.completed","interaction":` + string(body) + "}\n\n"
	for _, text := range []string{string(body), stream} {
		got := wiretest.NewTeller(1).Read(t, "/v1beta/interactions", text)
		got.Chunks = 0
		require.Equal(t, wire.Response{
			ID: "i1", Model: "gemini-3.7-flash", FinishReasons: []string{"completed"},
			Usage: analysis.Usage{
				Status:        analysis.StatusReported,
				Input:         analysis.Known(30),
				ToolUse:       analysis.Known(20),
				CacheRead:     analysis.Known(3),
				Output:        analysis.Known(90),
				Reasoning:     analysis.Known(50),
				ProviderTotal: analysis.Known(120),
				InputBy:       analysis.Modalities{Text: analysis.Known(7)},
				OutputBy:      analysis.Modalities{Text: analysis.Known(7)},
			},
		}, got)
	}
}
