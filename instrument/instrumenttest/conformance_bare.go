// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// testSameAsBare holds an instrumented client's answers and errors against
// those of the bare SDK.
func testSameAsBare(t *testing.T, factory Factory) {
	t.Helper()
	for _, fault := range []Fault{{}, {Status: 429}, {Status: 400}, {Garbage: true}, {BlockReason: "SAFETY"}} {
		for _, p := range bothWays(plainPrompt) {
			r := newRig(t, factory)
			r.fake.Fail(2, fault)
			text, err := r.ask(t.Context(), p)

			bare := r.target
			bare.Bare = true
			r.client = factory(t, bare)
			bareText, bareErr := r.ask(t.Context(), p)
			require.Equal(t, bareText, text)
			require.Equal(t, fmt.Sprintf("%T %v", bareErr, bareErr), fmt.Sprintf("%T %v", err, err))
			require.Len(t, r.calls(), 1, "the bare client is not measured")
		}
	}
}

// testCanary looks for the key, the prompt and the answer in everything that
// was measured, whether the calls worked or not.
func testCanary(t *testing.T, factory Factory) {
	t.Helper()
	const question, answer = "canary-question-51c2", "canary-answer-90be and so on and on"
	respond := func(Request) Answer { return Answer{Text: answer} }
	r := newRig(t, factory, WithResponder(respond), WithChunks(3))
	ctx, analysis := r.start("")
	r.askAll(ctx, Prompt{Model: plainModel, Text: question})
	require.NoError(t, r.fake.Close())
	_, err := r.client.Generate(ctx, Prompt{Model: plainModel, Text: question})
	require.Error(t, err)
	require.NotContains(t, err.Error(), conformanceKey)
	r.await(len(r.fake.Exchanges()) + 1)
	analysis.End()

	exchanges := r.fake.Exchanges()
	for i := range exchanges {
		require.True(t, exchanges[i].KeyInHeader)
		require.False(t, exchanges[i].KeyInURL)
	}
	left, err := json.Marshal([]any{
		tracetest.SpanStubsFromReadOnlySpans(r.spans.Ended()), r.collect(),
		analysis.Summary(), analysis.Summary().String(),
	})
	require.NoError(t, err)
	for _, secret := range []string{conformanceKey, "canary", "alt=sse", "?"} {
		require.NotContains(t, string(left), secret)
	}
}

// askAll makes calls that end in every way that a stand-in can end them. The
// errors are the SDK's; they must not hold the key.
func (r *rig) askAll(ctx context.Context, p Prompt) {
	r.t.Helper()
	for _, fault := range []Fault{
		{},
		{Status: 429},
		{Status: 400},
		{Cut: true},
		{Cut: true, After: 1},
		{Garbage: true},
		{BlockReason: "SAFETY"},
		{Status: 500, MidStream: true, After: 1},
	} {
		for _, p := range bothWays(p) {
			r.fake.Fail(1, fault)
			if _, err := r.ask(ctx, p); err != nil {
				require.NotContains(r.t, err.Error(), conformanceKey)
			}
		}
	}
}
