// SPDX-License-Identifier: Apache-2.0

package semconv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	released "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/spanledger/spanledger/internal/semconv"
)

// TestVocabulary pins every name: users build dashboards on them. A new name
// is added to testdata/vocabulary.txt; a line of it is never changed.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	pinned, err := os.ReadFile("testdata/vocabulary.txt")
	require.NoError(t, err)

	var lines []string
	for name, value := range constants(t) {
		lines = append(lines, name+" = "+value+"\n")
	}
	slices.Sort(lines)
	require.Equal(t, string(pinned), strings.Join(lines, ""))
}

// TestReleasedNames holds our names against those of the last release of the
// conventions that has the GenAI keys.
func TestReleasedNames(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[string]string{
		semconv.OperationName:            string(released.GenAIOperationNameKey),
		semconv.ProviderName:             string(released.GenAIProviderNameKey),
		semconv.RequestModel:             string(released.GenAIRequestModelKey),
		semconv.RequestTemperature:       string(released.GenAIRequestTemperatureKey),
		semconv.RequestTopP:              string(released.GenAIRequestTopPKey),
		semconv.RequestTopK:              string(released.GenAIRequestTopKKey),
		semconv.RequestMaxTokens:         string(released.GenAIRequestMaxTokensKey),
		semconv.RequestSeed:              string(released.GenAIRequestSeedKey),
		semconv.RequestChoiceCount:       string(released.GenAIRequestChoiceCountKey),
		semconv.RequestStopSequences:     string(released.GenAIRequestStopSequencesKey),
		semconv.RequestFrequencyPenalty:  string(released.GenAIRequestFrequencyPenaltyKey),
		semconv.RequestPresencePenalty:   string(released.GenAIRequestPresencePenaltyKey),
		semconv.OutputType:               string(released.GenAIOutputTypeKey),
		semconv.ConversationID:           string(released.GenAIConversationIDKey),
		semconv.ResponseID:               string(released.GenAIResponseIDKey),
		semconv.ResponseModel:            string(released.GenAIResponseModelKey),
		semconv.ResponseFinishReasons:    string(released.GenAIResponseFinishReasonsKey),
		semconv.UsageInputTokens:         string(released.GenAIUsageInputTokensKey),
		semconv.UsageOutputTokens:        string(released.GenAIUsageOutputTokensKey),
		semconv.UsageCacheReadTokens:     string(released.GenAIUsageCacheReadInputTokensKey),
		semconv.UsageCacheWriteTokens:    string(released.GenAIUsageCacheCreationInputTokensKey),
		semconv.UsageReasoningTokens:     string(released.GenAIUsageReasoningOutputTokensKey),
		semconv.SystemInstructions:       string(released.GenAISystemInstructionsKey),
		semconv.InputMessages:            string(released.GenAIInputMessagesKey),
		semconv.OutputMessages:           string(released.GenAIOutputMessagesKey),
		semconv.ToolDefinitions:          string(released.GenAIToolDefinitionsKey),
		semconv.TokenType:                string(released.GenAITokenTypeKey),
		semconv.ServerAddress:            string(released.ServerAddressKey),
		semconv.ServerPort:               string(released.ServerPortKey),
		semconv.ErrorType:                string(released.ErrorTypeKey),
		semconv.UserID:                   string(released.UserIDKey),
		semconv.ProviderGemini:           released.GenAIProviderNameGCPGemini.Value.AsString(),
		semconv.ProviderVertexAI:         released.GenAIProviderNameGCPVertexAI.Value.AsString(),
		semconv.ProviderGoogle:           released.GenAIProviderNameGCPGenAI.Value.AsString(),
		semconv.ProviderOpenAI:           released.GenAIProviderNameOpenAI.Value.AsString(),
		semconv.ProviderAnthropic:        released.GenAIProviderNameAnthropic.Value.AsString(),
		semconv.ProviderAzureOpenAI:      released.GenAIProviderNameAzureAIOpenAI.Value.AsString(),
		semconv.ProviderAzureInference:   released.GenAIProviderNameAzureAIInference.Value.AsString(),
		semconv.ProviderBedrock:          released.GenAIProviderNameAWSBedrock.Value.AsString(),
		semconv.ProviderCohere:           released.GenAIProviderNameCohere.Value.AsString(),
		semconv.ProviderDeepSeek:         released.GenAIProviderNameDeepseek.Value.AsString(),
		semconv.ProviderGroq:             released.GenAIProviderNameGroq.Value.AsString(),
		semconv.ProviderMistral:          released.GenAIProviderNameMistralAI.Value.AsString(),
		semconv.ProviderPerplexity:       released.GenAIProviderNamePerplexity.Value.AsString(),
		semconv.ProviderWatsonx:          released.GenAIProviderNameIBMWatsonxAI.Value.AsString(),
		semconv.ProviderXAI:              released.GenAIProviderNameXAI.Value.AsString(),
		semconv.OperationGenerateContent: released.GenAIOperationNameGenerateContent.Value.AsString(),
		semconv.OperationChat:            released.GenAIOperationNameChat.Value.AsString(),
		semconv.OperationTextCompletion:  released.GenAIOperationNameTextCompletion.Value.AsString(),
		semconv.OperationEmbeddings:      released.GenAIOperationNameEmbeddings.Value.AsString(),
		semconv.OperationInvokeAgent:     released.GenAIOperationNameInvokeAgent.Value.AsString(),
		semconv.OperationCreateAgent:     released.GenAIOperationNameCreateAgent.Value.AsString(),
		semconv.OperationExecuteTool:     released.GenAIOperationNameExecuteTool.Value.AsString(),
		semconv.TokenTypeInput:           released.GenAITokenTypeInput.Value.AsString(),
		semconv.TokenTypeOutput:          released.GenAITokenTypeOutput.Value.AsString(),
	} {
		require.Equal(t, theirs, ours)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	durations, tokens := semconv.DurationBounds(), semconv.TokenBounds()
	require.Len(t, durations, 14)
	require.Len(t, tokens, 14)
	for k := 1; k < 14; k++ {
		require.InEpsilon(t, 2*durations[k-1], durations[k], 1e-12)
		require.InEpsilon(t, 4*tokens[k-1], tokens[k], 1e-12)
	}
}

// constants returns the exported string constants of the package by name.
func constants(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, file := range sources(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					value, err := strconv.Unquote(literal.Value)
					require.NoError(t, err)
					found[spec.Names[0].Name] = value
				}
			}
			return true
		})
	}
	require.Greater(t, len(slices.Collect(maps.Keys(found))), 50)
	return found
}

func sources(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var files []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			files = append(files, e.Name())
		}
	}
	return files
}
