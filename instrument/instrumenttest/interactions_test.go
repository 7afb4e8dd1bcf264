// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

const interact = "/v1beta/interactions"

// TestGemini_Interactions goes from one interaction on to the next, which reads
// what was said before.
func TestGemini_Interactions(t *testing.T) {
	t.Parallel()
	fake := startGemini(t, instrumenttest.WithResponder(func(instrumenttest.Request) instrumenttest.Answer {
		return instrumenttest.Answer{Text: "It goes up."}
	}))
	ask := `{"model":"gemini-2.0-flash","input":[{"type":"text","text":"Hello there"},{"type":"image","data":"aQ=="}]`
	_, raw := post(t, fake, interact, ask+`}`)
	require.Contains(t, raw, `"status": "completed"`)
	first := only(t, fake)
	require.Equal(t, instrumenttest.KindInteract, first.Kind)
	const prompt = helloCount + instrumenttest.ImageTokens
	require.Equal(t, instrumenttest.Usage{
		Prompt: prompt, Candidates: 3, Total: prompt + 3,
		PromptDetails:     instrumenttest.Modalities{Text: helloCount, Image: instrumenttest.ImageTokens},
		CandidatesDetails: instrumenttest.Modalities{Text: 3},
	}, first.Usage)

	next := `{"model":"gemini-2.0-flash","input":"And now?","stream":true,"previous_interaction_id":"`
	_, raw = post(t, fake, interact, next+first.ResponseID+`"}`)
	require.Contains(t, raw, "data: [DONE]")
	second := fake.Exchanges()[1]
	require.True(t, second.Stream)
	require.Equal(t, first.Usage.Total+2, second.Usage.Prompt)

	_, again := do(t, fake, http.MethodGet, interact+"/"+first.ResponseID, "", http.Header{"X-Goog-Api-Key": {key}})
	require.Contains(t, again, `"total_tokens"`)
	require.False(t, fake.Exchanges()[2].Reported, "it was reported before")
}

func TestGemini_BadInteractions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
	}{
		"NoInput":    {http.MethodPost, interact, `{"model":"m"}`, http.StatusBadRequest},
		"BadInput":   {http.MethodPost, interact, `{"model":"m","input":7}`, http.StatusBadRequest},
		"NoJSON":     {http.MethodPost, interact, `{`, http.StatusBadRequest},
		"NoPrevious": {http.MethodPost, interact, `{"model":"m","input":"a","previous_interaction_id":"b"}`, http.StatusNotFound},
		"Unknown":    {http.MethodGet, interact + "/b", "", http.StatusNotFound},
		"Cancel":     {http.MethodPost, interact + "/b/cancel", "", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, raw := do(t, startGemini(t), tt.method, tt.path, tt.body, http.Header{"X-Goog-Api-Key": {key}})
			require.Equal(t, tt.status, res.StatusCode)
			require.Contains(t, raw, `"message"`)
		})
	}
}
