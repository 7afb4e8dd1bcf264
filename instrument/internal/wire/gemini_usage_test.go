// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

// usageOf reads the usage objects of a stream.
func usageOf(tb testing.TB, objects ...string) analysis.Usage {
	tb.Helper()
	var b strings.Builder
	for _, object := range objects {
		fmt.Fprintf(&b, "data: {\"usageMetadata\":{%s}}\n\n", strings.ReplaceAll(object, "\n", " "))
	}
	return answer(tb, b.String()).Usage
}

var known, unknown = analysis.Known, analysis.Unknown()

func TestGeminiUsage_Arithmetic(t *testing.T) {
	t.Parallel()
	reported := analysis.StatusReported
	tests := []struct {
		name, object string
		want         analysis.Usage
	}{
		{
			"thoughts beside candidates",
			`"promptTokenCount":1000,"candidatesTokenCount":100,"thoughtsTokenCount":500,"totalTokenCount":1600`,
			analysis.Usage{
				Status:        reported,
				Input:         known(1000),
				Output:        known(600),
				Reasoning:     known(500),
				ProviderTotal: known(1600),
			},
		},
		{
			"thoughts within candidates",
			`"promptTokenCount":1000,"candidatesTokenCount":600,"thoughtsTokenCount":500,"totalTokenCount":1600`,
			analysis.Usage{
				Status:        reported,
				Input:         known(1000),
				Output:        known(600),
				Reasoning:     known(500),
				ProviderTotal: known(1600),
			},
		},
		{
			"thoughts within candidates, tool use",
			`"promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":20,"thoughtsTokenCount":20,"totalTokenCount":35`,
			analysis.Usage{
				Status:        reported,
				Input:         known(15),
				Output:        known(20),
				Reasoning:     known(20),
				ToolUse:       known(5),
				ProviderTotal: known(35),
			},
		},
		{
			"more thoughts than candidates are never within",
			`"promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":30`,
			analysis.Usage{
				Status:        reported,
				Input:         known(10),
				Output:        known(50),
				Reasoning:     known(30),
				ProviderTotal: known(30),
			},
		},
		{
			"tool use and cache",
			`"promptTokenCount":1200,"cachedContentTokenCount":800,"toolUsePromptTokenCount":200,"candidatesTokenCount":150,"totalTokenCount":1550`,
			analysis.Usage{
				Status:        reported,
				Input:         known(1400),
				Output:        known(150),
				CacheRead:     known(800),
				ToolUse:       known(200),
				ProviderTotal: known(1550),
			},
		},
		{
			"no candidates, all in the prompt", `"promptTokenCount":50,"totalTokenCount":50`,
			analysis.Usage{Status: reported, Input: known(50), Output: known(0), ProviderTotal: known(50)},
		},
		{
			"no candidates, no total", `"promptTokenCount":50`,
			analysis.Usage{Status: reported, Input: known(50)},
		},
		{
			"no candidates, more in the total", `"promptTokenCount":50,"totalTokenCount":60`,
			analysis.Usage{Status: reported, Input: known(50), ProviderTotal: known(60)},
		},
		{
			"no prompt", `"candidatesTokenCount":20,"totalTokenCount":60`,
			analysis.Usage{Status: reported, Output: known(20), ProviderTotal: known(60)},
		},
		{
			"tool use without a prompt is not all of the input",
			`"toolUsePromptTokenCount":5,"candidatesTokenCount":20,"totalTokenCount":60`,
			analysis.Usage{Status: reported, Output: known(20), ToolUse: known(5), ProviderTotal: known(60)},
		},
		{"total alone", `"totalTokenCount":60`, analysis.Usage{ProviderTotal: known(60)}},
		{
			"total that differs", `"promptTokenCount":35,"candidatesTokenCount":12,"totalTokenCount":109`,
			analysis.Usage{Status: reported, Input: known(35), Output: known(12), ProviderTotal: known(109)},
		},
		{
			"zeros", `"promptTokenCount":0,"candidatesTokenCount":0,"totalTokenCount":0`,
			analysis.Usage{Status: reported, Input: known(0), Output: known(0), ProviderTotal: known(0)},
		},
		{
			"negative",
			`"promptTokenCount":-5,"candidatesTokenCount":7`,
			analysis.Usage{Status: reported, Output: known(7)},
		},
		{
			"absurd",
			`"promptTokenCount":1000000000001,"candidatesTokenCount":1e12`,
			analysis.Usage{Status: reported, Output: known(1e12)},
		},
		{
			"huge",
			`"promptTokenCount":` + strings.Repeat("1", 5000) + `,"candidatesTokenCount":1e99999`,
			analysis.Usage{},
		},
		{
			"fraction",
			`"promptTokenCount":1.5,"candidatesTokenCount":2.0`,
			analysis.Usage{Status: reported, Output: known(2)},
		},
		{
			"numbers in strings",
			`"promptTokenCount":"15","candidatesTokenCount":"x"`,
			analysis.Usage{Status: reported, Input: known(15)},
		},
		{"nulls", `"promptTokenCount":null,"candidatesTokenCount":null`, analysis.Usage{}},
		{
			"other types",
			`"promptTokenCount":{"promptTokenCount":3},"candidatesTokenCount":[4],"totalTokenCount":true`,
			analysis.Usage{},
		},
		{
			"duplicate keys, the last counts",
			`"promptTokenCount":1,"promptTokenCount":2`,
			analysis.Usage{Status: reported, Input: known(2)},
		},
		{"escaped keys", `"prompt\u0054okenCount":2`, analysis.Usage{Status: reported, Input: known(2)}},
		{
			"keys alike",
			`"promptTokenCountX":1,"promptTokenCoun":2,"Prompttokencount":3,"":4,"prompt__token_count":5`,
			analysis.Usage{},
		},
		{"a key without end", `"` + strings.Repeat("promptTokenCount", 100) + `":7`, analysis.Usage{}},
		{
			"modalities",
			`"promptTokenCount":10,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1},{"modality":2,"tokenCount":2},
				{"tokenCount":3,"modality":"VIDEO"},{"modality":"AUDIO","tokenCount":4},{"modality":"DOCUMENT","tokenCount":5},
				{"modality":"TEXT","tokenCount":6},{"tokenCount":7},{"modality":"IMAGE"}],"candidatesTokensDetails":[{"modality":4,"tokenCount":8}],
				"cacheTokensDetails":[{"modality":"TEXT","tokenCount":9}],"toolUsePromptTokensDetails":[{"modality":"TEXT","tokenCount":9}]`,
			analysis.Usage{
				Status: reported, Input: known(10), OutputBy: analysis.Modalities{Audio: known(8)},
				InputBy: analysis.Modalities{Text: known(7), Image: known(2), Video: known(3), Audio: known(4)},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := usageOf(t, tt.object)
			require.Equal(t, tt.want, got)
			require.Equal(t, got, answer(t, `{"usageMetadata":{`+tt.object+`}}`).Usage, "unary")
			require.Equal(t, got, answer(t, `[{"usageMetadata":{`+tt.object+`}}]`).Usage, "array")
		})
	}
}

func TestGeminiUsage_Stream(t *testing.T) {
	t.Parallel()
	const first = `"promptTokenCount":169,"totalTokenCount":169,"cachedContentTokenCount":9,"promptTokensDetails":[{"modality":"TEXT","tokenCount":169}]`
	status := analysis.StatusReported
	tests := []struct {
		name    string
		objects []string
		want    analysis.Usage
	}{
		{
			"a whole snapshot replaces",
			[]string{first, `"promptTokenCount":79,"candidatesTokenCount":12,"totalTokenCount":91`},
			analysis.Usage{Status: status, Input: known(79), Output: known(12), ProviderTotal: known(91)},
		},
		{
			"counts that start anew",
			[]string{
				`"promptTokenCount":97,"candidatesTokenCount":101,"totalTokenCount":198`,
				`"promptTokenCount":46,"totalTokenCount":46`,
			},
			analysis.Usage{Status: status, Input: known(46), Output: known(0), ProviderTotal: known(46)},
		},
		{
			"one that lacks parts adds",
			[]string{first, `"candidatesTokenCount":12,"totalTokenCount":181`},
			analysis.Usage{
				Status:        status,
				Input:         known(169),
				Output:        known(12),
				CacheRead:     known(9),
				ProviderTotal: known(181),
				InputBy:       analysis.Modalities{Text: known(169)},
			},
		},
		{
			"early chunks without a prompt",
			[]string{
				`"candidatesTokenCount":3,"totalTokenCount":172`,
				`"promptTokenCount":169,"candidatesTokenCount":12,"totalTokenCount":181`,
			},
			analysis.Usage{Status: status, Input: known(169), Output: known(12), ProviderTotal: known(181)},
		},
		{
			"details of a part replace those before",
			[]string{
				first,
				`"promptTokenCount":170,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":1}],"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":2}]`,
			},
			analysis.Usage{
				Status:        status,
				Input:         known(170),
				CacheRead:     known(9),
				ProviderTotal: known(169),
				InputBy:       analysis.Modalities{Audio: known(1)},
				OutputBy:      analysis.Modalities{Text: known(2)},
			},
		},
		{
			"nothing and zeros take nothing away",
			[]string{
				`"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7`,
				``,
				`"promptTokenCount":0,"totalTokenCount":0`,
				`"trafficType":"ON_DEMAND"`,
			},
			analysis.Usage{Status: status, Input: known(5), Output: known(2), ProviderTotal: known(7)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, usageOf(t, tt.objects...))
		})
	}
}

// TestGeminiUsage_Decoys believes usageMetadata at the root of a document only.
func TestGeminiUsage_Decoys(t *testing.T) {
	t.Parallel()
	const decoy = `{"usageMetadata":{"promptTokenCount":666,"totalTokenCount":666}}`
	quoted := strings.ReplaceAll(decoy, `"`, `\"`)
	bodies := map[string]string{
		"in a text":            `{"candidates":[{"content":{"parts":[{"text":"` + quoted + `"}]}}]}`,
		"after backslashes":    `{"candidates":[{"content":{"parts":[{"text":"\\\"` + quoted + `\\"}]}}]}`,
		"in arguments":         `{"candidates":[{"content":{"parts":[{"functionCall":{"args":` + decoy + `}}]}}]}`,
		"in a candidate":       `{"candidates":[` + decoy + `]}`,
		"in a nested array":    `[[` + decoy + `]]`,
		"in an unknown object": `{"response":` + decoy + `,"` + strings.Repeat("k", 5000) + `":` + decoy + `}`,
		"deep down":            `{"x":` + strings.Repeat(`[{"x":`, 5000) + decoy + strings.Repeat(`}]`, 5000) + `}`,
		"as a key":             `{"` + quoted + `":1}`,
		"as a string":          `{"usageMetadata":"` + quoted + `"}`,
		"as a list":            `{"usageMetadata":[{"promptTokenCount":666}]}`,
		"in an unknown field":  "data: {}\n\nx" + "data: " + decoy + "\n\nevent: " + decoy + "\n\n:data: " + decoy + "\n\n",
		"after garbage":        "data: {\"a\" " + decoy + "\n\n",
		"in itself":            `{"usageMetadata":` + decoy + `}`,
		"unfinished":           strings.TrimSuffix(decoy, "}}"),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, analysis.Usage{}, answer(t, body).Usage)
		})
	}
}

// TestGeminiUsage_ListTwice believes the last of two lists, as every JSON
// reader does.
func TestGeminiUsage_ListTwice(t *testing.T) {
	t.Parallel()
	got := answer(t, `{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3,
		"promptTokensDetails":[{"modality":"TEXT","tokenCount":9}],"promptTokensDetails":[{"modality":"TEXT","tokenCount":1}],
		"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":9}],"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":2}]}}`)
	require.Equal(t, analysis.Modalities{Text: known(1)}, got.Usage.InputBy)
	require.Equal(t, analysis.Modalities{Text: known(2)}, got.Usage.OutputBy)
}
