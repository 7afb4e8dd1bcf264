// SPDX-License-Identifier: Apache-2.0

package adk_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/adk/agent"

	"github.com/spanledger/spanledger/examples/frameworks/adk"
	"github.com/spanledger/spanledger/examples/frameworks/example"
	"github.com/spanledger/spanledger/examples/frameworks/example/exampletest"
	"github.com/spanledger/spanledger/instrument"
)

var recorder exampletest.Recorder

func TestMain(m *testing.M) { exampletest.Main(m, &recorder) }

// What ADK itself writes into its spans of tools.
const (
	toolArguments = "gcp.vertex.agent.tool_call_args"
	toolResponse  = "gcp.vertex.agent.tool_response"
)

var modes = map[string]agent.StreamingMode{"Unary": agent.StreamingModeNone, "Stream": agent.StreamingModeSSE}

func run(t *testing.T, mode agent.StreamingMode) *exampletest.Result {
	t.Helper()
	return exampletest.Run(t, &recorder, adk.Respond,
		func(ctx context.Context, at example.Providers) (instrument.Summary, error) {
			return adk.Analyze(ctx, at, "RELIANCE", mode)
		})
}

func TestAnalyze(t *testing.T) {
	t.Parallel()
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, mode)
			r.Check(t, 2)
			r.CheckSecrets(t, toolArguments, toolResponse)

			names := map[string]int{}
			for _, s := range r.Spans {
				names[s.Name]++
			}
			require.Equal(t, map[string]int{
				"analysis": 1, "invoke_agent trader": 1, "execute_tool last_price": 1,
				"generate_content gemini-2.5-flash": 2,
			}, names, "no span beside ADK's own")
		})
	}
}

// TestAnalyze_ADKsCounts shows why a joined span has our counts under our names:
// ADK's are written last, and leave out the thoughts.
func TestAnalyze_ADKsCounts(t *testing.T) {
	t.Parallel()
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, mode)
			call, answered := r.Calls()[0], r.StandIns.Gemini.Exchanges()[0].Usage
			require.Positive(t, answered.Thoughts)
			require.Equal(t, answered.Candidates, call.Count("gen_ai.usage.output_tokens"))
			require.Equal(t, answered.Output(), call.Count("spanledger.usage.output_tokens"))
			require.Equal(t, answered.Prompt, call.Count("spanledger.usage.input_tokens"))
			require.Equal(t, answered.Thoughts, call.Count("gen_ai.usage.reasoning.output_tokens"))
			require.Equal(t, "gcp.vertex.agent", call.Scope)
			require.Equal(t, "gcp.gemini", call.Attributes["gen_ai.provider.name"])
			require.Equal(t, "trader", call.Attributes["spanledger.call.type"])
			require.Equal(t, "u-7", call.Attributes["user.id"])
		})
	}
}
