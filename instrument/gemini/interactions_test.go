// SPDX-License-Identifier: Apache-2.0

package gemini_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"
	"google.golang.org/genai/interactions/models/interactions"
	"google.golang.org/genai/interactions/models/operations"
	"google.golang.org/genai/interactions/retry"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// asking is a request for an interaction, changed by whoever needs it otherwise.
func asking(change func(*interactions.CreateModelInteraction)) operations.CreateInteractionRequest {
	ask := interactions.CreateModelInteraction{
		Model: interactions.Model(model), Input: new(interactions.NewInteractionsInput("Hello there")),
	}
	if change != nil {
		change(&ask)
	}
	return operations.CreateInteractionRequest{Body: operations.NewCreateInteractionRequestBody(ask)}
}

// quickly are the SDK's own retries, which lose no time.
func quickly() operations.Option {
	return operations.WithRetries(retry.Config{
		Strategy: "attempt-count-backoff", RetryConnectionErrors: true, MaxRetries: new(4),
		Backoff: &retry.BackoffStrategy{InitialInterval: 1, MaxInterval: 2, Exponent: 2, MaxElapsedTime: 30_000},
	})
}

func (m *measured) interact(ctx context.Context) error {
	_, err := m.Interactions.Create(ctx, asking(nil), quickly())
	return err //nolint:wrapcheck // it is looked at as it is
}

// interactStream reads a streamed interaction to its end.
func (m *measured) interactStream(ctx context.Context) error {
	res, err := m.Interactions.Create(ctx, asking(func(ask *interactions.CreateModelInteraction) {
		ask.Stream = new(true)
	}), quickly())
	if err != nil {
		return err //nolint:wrapcheck // it is looked at as it is
	}
	events := res.InteractionSSEStreamEvent
	for events.Next() {
		if events.Value().Data.Type == interactions.InteractionSSEEventTypeUnknown {
			m.t.Error("an event that the SDK does not know")
		}
	}
	require.NoError(m.t, events.Close())
	return events.Err() //nolint:wrapcheck // it is looked at as it is
}

// eachInteraction runs a test both ways, without and with a deadline: with one
// the SDK reads what it was refused with, though it tries again.
func eachInteraction(
	t *testing.T,
	test func(t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error),
) {
	t.Helper()
	for name, ask := range map[string]func(*measured, context.Context) error{
		"Unary": (*measured).interact, "Stream": (*measured).interactStream,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func(ctx context.Context) context.Context { return ctx }, ask)
		})
		t.Run(name+"WithDeadline", func(t *testing.T) {
			t.Parallel()
			test(t, func(ctx context.Context) context.Context {
				ctx, cancel := context.WithTimeout(ctx, time.Minute)
				t.Cleanup(cancel)
				return ctx
			}, ask)
		})
	}
}

func TestInstrument_Interactions(t *testing.T) {
	t.Parallel()
	eachInteraction(t, func(
		t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error,
	) {
		t.Helper()
		ctx, m := measure(t, nil)
		require.NoError(t, ask(m, within(ctx)))
		require.Len(t, m.fake.Exchanges(), 1)
		detail := m.isOneCall("")
		require.Equal(t, model, detail.RequestModel)
		require.Equal(t, []string{"completed"}, detail.FinishReasons)
		require.Equal(t, instrument.StatusReported, detail.Usage.Status)
		require.Equal(t, m.fake.Exchanges()[0].ResponseID, detail.ResponseID)
	})
}

func TestInstrument_InteractionsRetried(t *testing.T) {
	t.Parallel()
	eachInteraction(t, func(
		t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error,
	) {
		t.Helper()
		ctx, m := measure(t, nil)
		m.fake.Fail(2, instrumenttest.Fault{Status: 503})
		require.NoError(t, ask(m, within(ctx)))
		require.Len(t, m.fake.Exchanges(), 3)
		m.isOneCall("")
	})
}

func TestInstrument_InteractionsExhausted(t *testing.T) {
	t.Parallel()
	eachInteraction(t, func(
		t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error,
	) {
		t.Helper()
		ctx, m := measure(t, nil)
		m.fake.Fail(-1, instrumenttest.Fault{Status: 503})
		require.Error(t, ask(m, within(ctx)))
		require.Len(t, m.fake.Exchanges(), 5)
		m.isOneCall("503")
	})
}

// TestInstrument_InteractionsRefused is shown to the application at once.
func TestInstrument_InteractionsRefused(t *testing.T) {
	t.Parallel()
	eachInteraction(t, func(
		t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error,
	) {
		t.Helper()
		ctx, m := measure(t, nil)
		m.fake.Fail(1, instrumenttest.Fault{Status: 400})
		require.Error(t, ask(m, within(ctx)))
		m.isOneCall("400")
	})
}

// TestInstrument_InteractionsContinue has the SDK ask for the rest of an answer
// twice, which is billed each time.
func TestInstrument_InteractionsContinue(t *testing.T) {
	t.Parallel()
	eachInteraction(t, func(
		t *testing.T, within func(context.Context) context.Context, ask func(*measured, context.Context) error,
	) {
		t.Helper()
		ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
		require.NoError(t, ask(m, within(ctx)))
		require.Len(t, m.fake.Exchanges(), 3)
		detail := m.isOneCall("")
		require.Equal(t, []string{"completed"}, detail.FinishReasons)
		require.Equal(t, instrument.StatusReported, detail.Usage.Status)
	})
}

// TestInstrument_InteractionsContinueWithFailures has the requests for the rest
// refused and cut.
func TestInstrument_InteractionsContinueWithFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults    []instrumenttest.Fault
		exchanges int
	}{
		"Refused": {[]instrumenttest.Fault{{}, {Status: 503}, {Status: 503}}, 5},
		// created, start, two deltas, stop, checkpoint; then the connection breaks
		"CutAfterCheckpoint": {[]instrumenttest.Fault{{Cut: true, After: 6}}, 3},
		"Reset":              {[]instrumenttest.Fault{{}, {Reset: true}}, 4},
		"CutBeforeOutput":    {[]instrumenttest.Fault{{}, {Cut: true, After: 0}}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces), instrumenttest.WithChunks(2))
			for _, fault := range tt.faults {
				m.fake.Fail(1, fault)
			}
			require.NoError(t, m.interactStream(ctx))
			require.Len(t, m.fake.Exchanges(), tt.exchanges)
			m.isOneCall("")
		})
	}
}

// TestInstrument_InteractionsContinueUnstored sends the input again.
func TestInstrument_InteractionsContinueUnstored(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
	_, err := m.Interactions.Create(ctx,
		asking(func(ask *interactions.CreateModelInteraction) { ask.Store = new(false) }))
	require.NoError(t, err)
	require.Len(t, m.fake.Exchanges(), 3)
	m.isOneCall("")
}

// TestInstrument_InteractionsInTheBackground tell no usage when they are made,
// and to ask for them again is no call.
func TestInstrument_InteractionsInTheBackground(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil)
	res, err := m.Interactions.Create(ctx,
		asking(func(ask *interactions.CreateModelInteraction) { ask.Background = new(true) }))
	require.NoError(t, err)
	require.Equal(t, interactions.InteractionStatusInProgress, res.Interaction.Status)
	got, err := m.Interactions.Get(ctx, operations.GetInteractionByIDRequest{ID: *res.Interaction.ID})
	require.NoError(t, err)
	require.Equal(t, interactions.InteractionStatusCompleted, got.Interaction.Status)
	require.Positive(t, *got.Interaction.Usage.TotalTokens)
	require.Len(t, m.fake.Exchanges(), 2)
	s := m.analysis.Summary()
	require.EqualValues(t, 1, s.Calls)
	require.EqualValues(t, 1, s.WithoutUsage)
	require.Zero(t, s.Failed)
}

// TestInstrument_InteractionsOnVertex have a path of their own.
func TestInstrument_InteractionsOnVertex(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil, instrumenttest.WithoutKeyCheck())
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		Backend: genai.BackendVertexAI, Project: "p", Location: "global",
		HTTPClient: m.ClientConfig().HTTPClient, HTTPOptions: genai.HTTPOptions{BaseURL: m.fake.URL()},
	})
	require.NoError(t, err)
	require.NoError(t, gemini.Instrument(client), "it is measured already")
	m.Client = client
	require.NoError(t, m.interactStream(ctx))
	require.NoError(t, m.interact(ctx))
	require.Equal(t, "/v1beta1/projects/p/locations/global/interactions", m.fake.Exchanges()[1].Path)
	for _, ended := range m.spans.Ended() {
		require.Equal(t, "gcp.vertex_ai", attribute(ended, "gen_ai.provider.name"))
	}
	s := m.analysis.Summary()
	require.EqualValues(t, 2, s.Calls)
	require.EqualValues(t, m.fake.Usage().Input(), s.Input)
	require.EqualValues(t, m.fake.Usage().Output(), s.Output)
}

// TestInstrument_InteractionsContinueWithTimeout gives each request a context of
// its own, which ends before the next begins.
func TestInstrument_InteractionsContinueWithTimeout(t *testing.T) {
	t.Parallel()
	ctx, m := measure(t, nil, instrumenttest.WithResponder(inPieces))
	_, err := m.Interactions.Create(ctx, asking(nil), operations.WithOperationTimeout(time.Minute))
	require.NoError(t, err)
	require.Len(t, m.fake.Exchanges(), 3)
	m.isOneCall("")
}
