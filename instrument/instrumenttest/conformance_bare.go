// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// testSameAsBare holds an instrumented client's answers and errors against
// those of the bare SDK.
func (s *suite) testSameAsBare(t *testing.T) {
	t.Helper()
	for _, fault := range []Fault{
		{}, {Status: 429}, {Status: 400}, {Garbage: true}, {BlockReason: "SAFETY"}, {Cut: true, After: 1},
	} {
		for _, p := range bothWays(s.plain()) {
			r := s.rig(t)
			r.fake.Fail(2, fault)
			ctx, analysis := r.start("")
			pieces, err := r.pieces(ctx, p)
			analysis.End() // so that no call waits for a further request

			bare := r.target
			bare.Bare = true
			r.client = s.factory(t, bare)
			barePieces, bareErr := r.pieces(t.Context(), p)
			require.Equal(t, barePieces, pieces)
			require.Equal(t, chain(bareErr), chain(err))
			require.Len(t, r.calls(), 1, "the bare client is not measured")
		}
	}
}

// pieces makes a call and returns what came of it, piece by piece.
func (r *rig) pieces(ctx context.Context, p Prompt) (pieces []string, last error) {
	if !p.stream {
		text, err := r.client.Generate(ctx, p)
		return []string{text}, err
	}
	for piece, err := range r.client.Stream(ctx, p) {
		pieces, last = append(pieces, piece), err
	}
	return pieces, last
}

// requestID is what no two requests share.
var requestID = regexp.MustCompile(`req_[\w-]+`)

// chain describes an error and all that it wraps, by type and text.
func chain(err error) (links []string) {
	for ; err != nil; err = errors.Unwrap(err) {
		links = append(links, requestID.ReplaceAllString(fmt.Sprintf("%T %v", err, err), "req_"))
	}
	return links
}

// testCanary looks for the key, the prompt and the answer in everything that
// was measured, whether the calls worked or not.
func (s *suite) testCanary(t *testing.T) {
	t.Helper()
	const question, answer = "canary-question-51c2", "canary-answer-90be and so on and on"
	respond := func(Request) Answer { return Answer{Text: answer} }
	r := s.rig(t, WithResponder(respond), WithChunks(3))
	ctx, analysis := r.start("")
	r.askAll(ctx, Prompt{Model: s.api.model, Text: question})
	require.NoError(t, r.fake.Close())
	_, err := r.client.Generate(ctx, Prompt{Model: s.api.model, Text: question})
	require.Error(t, err)
	require.NotContains(t, err.Error(), conformanceKey)
	analysis.End() // so that no call waits for a further request
	r.await(len(r.fake.Exchanges()) + 1)

	exchanges := r.fake.Exchanges()
	for i := range exchanges {
		require.True(t, exchanges[i].KeyInHeader || exchanges[i].BearerToken)
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
