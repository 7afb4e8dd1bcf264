// SPDX-License-Identifier: Apache-2.0

package secrets_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
	spanopenai "github.com/spanledger/spanledger/instrument/openai"
	"github.com/spanledger/spanledger/instrument/tiktoken"
	"github.com/spanledger/spanledger/internal/api"
	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/store"
)

// TestEstimated has OpenAI's SDK stream without asking for usage: it is
// estimated, and says so in the span, in the process's summary, in the ledger,
// on the command line, by HTTP and in SQL.
func TestEstimated(t *testing.T) {
	t.Parallel()
	const id, question, answered = "analysis_123", "Where does the price go?", "It goes up."
	fake, err := instrumenttest.StartOpenAI(t.Context(), instrumenttest.WithResponder(
		func(instrumenttest.Request) instrumenttest.Answer { return instrumenttest.Answer{Text: answered} }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })
	s := newSystem(t)
	sdk := openai.NewClient(append([]openaioption.RequestOption{
		openaioption.WithBaseURL(fake.URL() + "/v1/"), openaioption.WithAPIKey("any"),
		openaioption.WithHTTPClient(httpClient(t)),
	}, spanopenai.Options(append(s.options(), instrument.WithEstimator(tiktoken.New()))...)...)...)

	ctx, analysis := instrument.StartAnalysis(t.Context(), id,
		instrument.WithTracerProvider(s.telemetry.Tracer), instrument.WithMeterProvider(s.telemetry.Meter))
	stream := sdk.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(question)},
	})
	var said strings.Builder
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			said.WriteString(choice.Delta.Content)
		}
	}
	require.NoError(t, stream.Err())
	require.Equal(t, answered, said.String())
	analysis.End()
	s.stop(t)
	input, _ := tiktoken.New().Tokens("gpt-4o-mini", question)
	output, _ := tiktoken.New().Tokens("gpt-4o-mini", answered)

	require.Contains(t, s.spans.String(), "estimated")
	summary := analysis.Summary()
	require.EqualValues(t, 1, summary.Estimated)
	require.Equal(t, []int64{input, output}, []int64{summary.Input, summary.Output})
	require.Regexp(t, `Estimated +1 call\n`, summary.String())
	document, err := json.Marshal(summary)
	require.NoError(t, err)
	requireEstimated(t, document, input, output)

	reader, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + s.path})
	require.NoError(t, err)
	defer reader.Close()
	requireEstimated(t, printed(t, reader, "summary", id, "--json"), input, output)
	require.Regexp(t, `Estimated +1 call\n`, string(printed(t, reader, "summary", id)))
	require.Contains(t, string(printed(t, reader, "calls", id)), "estimated")

	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/analyses/"+id, http.NoBody)
	api.NewHandler(reader, slog.New(slog.DiscardHandler)).ServeHTTP(recorder, request)
	requireEstimated(t, recorder.Body.Bytes(), input, output)

	db, err := sql.Open("sqlite", s.path)
	require.NoError(t, err)
	defer db.Close()
	require.Equal(t, []string{"estimated"}, column(t, db, `SELECT usage_status FROM call`))
	require.Equal(t, []string{"1"}, column(t, db, `SELECT estimated_calls FROM analysis_summary`))
	require.Equal(t, []string{"1"}, column(t, db, `SELECT estimated_calls FROM call_type_summary`))
}

// requireEstimated reads the document that a summary is.
func requireEstimated(t *testing.T, document []byte, input, output int64) {
	t.Helper()
	var got struct {
		Calls     int64 `json:"total_calls"`
		Estimated int64 `json:"estimated_calls"`
		Without   int64 `json:"calls_without_usage"`
		Input     int64 `json:"total_input_tokens"`
		Output    int64 `json:"total_output_tokens"`
	}
	require.NoError(t, json.Unmarshal(document, &got), string(document))
	require.Equal(t, []int64{1, 1, 0, input, output},
		[]int64{got.Calls, got.Estimated, got.Without, got.Input, got.Output}, string(document))
	require.Contains(t, string(document), `estimated"`)
}

// printed returns what a command prints.
func printed(t *testing.T, reader ledger.Reader, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	program := &cli.Program{
		Stdout: &stdout, Stderr: &stderr, DefaultDSN: "sqlite:any",
		Getenv: func(string) string { return "" },
		OpenReader: func(context.Context, cli.Ledger) (ledger.Reader, func(), error) {
			return reader, func() {}, nil
		},
	}
	require.Equal(t, cli.ExitDone, cli.Run(t.Context(), program, args), stderr.String())
	return stdout.Bytes()
}
