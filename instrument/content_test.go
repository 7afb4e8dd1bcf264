// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

// captureVariable is what the environment asks for content by.
const captureVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

const (
	askedMessages    = `[{"role":"user","parts":[{"type":"text","content":"Where does the price go?"}]}]`
	answeredMessages = `[{"role":"assistant","parts":[{"type":"text","content":"Up."}],"finish_reason":"stop"}]`
)

func TestWithContent(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), append(m.options(),
		instrument.WithContent(instrument.ContentConfig{}))...)
	require.Equal(t, answer, ask(t.Context(), t, transport))
	got := attributesOf(m.span(callSpan))
	require.JSONEq(t, askedMessages, got[semconv.InputMessages])
	require.JSONEq(t, answeredMessages, got[semconv.OutputMessages])
	require.NotContains(t, got, semconv.SystemInstructions)
	require.NotContains(t, got, semconv.ToolDefinitions)
	require.NotContains(t, got, semconv.ContentCut)
	require.Equal(t, "120", got[semconv.UsageInputTokens])
	require.Empty(t, m.points(semconv.MetricLost))
}

// TestWithContent_Environment has the variable, and options that go before it.
func TestWithContent_Environment(t *testing.T) {
	on, off := instrument.WithContent(instrument.ContentConfig{}), instrument.WithoutContent()
	for _, tt := range []struct {
		value string
		opts  []instrument.Option
		want  bool
	}{
		{"", nil, false},
		{"true", nil, true},
		{" True ", nil, true},
		{"SPAN_ONLY", nil, true},
		{"span_and_event", nil, true},
		{"event_only", nil, false},
		{"no_content", nil, false},
		{"false", nil, false},
		{"1", nil, false},
		{"false", []instrument.Option{on}, true},
		{"true", []instrument.Option{off}, false},
		{"", []instrument.Option{on, off}, false},
	} {
		t.Run(fmt.Sprint(tt.value, len(tt.opts)), func(t *testing.T) {
			t.Setenv(captureVariable, tt.value)
			m := newTelemetry(t)
			transport := instrument.NewTransport(answering(answer), append(m.options(), tt.opts...)...)
			t.Setenv(captureVariable, "")
			ask(t.Context(), t, transport)
			_, found := attributesOf(m.span(callSpan))[semconv.InputMessages]
			require.Equal(t, tt.want, found)
		})
	}
}

// TestWithContent_Redact has a hook that changes, one that drops and one that
// breaks, and what cannot be encoded.
func TestWithContent_Redact(t *testing.T) {
	t.Parallel()
	type redact = func(context.Context, instrument.Content) (instrument.Content, bool)
	for name, tt := range map[string]struct {
		redact redact
		input  string
		lost   bool
	}{
		"Changes": {
			redact: instrument.RedactText(func(s string) string { return strings.ReplaceAll(s, "price", "***") }),
			input:  strings.ReplaceAll(askedMessages, "price", "***"),
		},
		"InPlace": {
			redact: func(ctx context.Context, said instrument.Content) (instrument.Content, bool) {
				said.Input[0].Parts[0].Content = instrument.AnalysisFromContext(ctx).ID()
				return said, true
			},
			input: strings.ReplaceAll(askedMessages, "Where does the price go?", "TestWithContent_Redact"),
		},
		"DropsAll": {
			redact: func(context.Context, instrument.Content) (instrument.Content, bool) {
				return instrument.Content{}, true
			},
		},
		"Refuses": {
			redact: func(_ context.Context, said instrument.Content) (instrument.Content, bool) { return said, false },
		},
		"Panics": {
			redact: func(context.Context, instrument.Content) (instrument.Content, bool) {
				panic("Where does the price go?")
			},
			lost: true,
		},
		"CannotBeEncoded": {
			redact: func(_ context.Context, said instrument.Content) (instrument.Content, bool) {
				said.Output[0].Parts = []instrument.Part{{Type: instrument.PartToolCall, Arguments: make(chan int)}}
				return said, true
			},
			lost: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(t.Context(), "TestWithContent_Redact")
			defer analysis.End()
			transport := instrument.NewTransport(answering(answer), append(m.options(),
				instrument.WithContent(instrument.ContentConfig{Redact: tt.redact}))...)
			require.Equal(t, answer, ask(ctx, t, transport))
			got := attributesOf(m.span(callSpan))
			require.Equal(t, "40", got[semconv.UsageOutputTokens], "the rest of the span is whole")
			if tt.input == "" {
				require.NotContains(t, got, semconv.InputMessages)
				require.NotContains(t, got, semconv.OutputMessages)
			} else {
				require.JSONEq(t, tt.input, got[semconv.InputMessages])
			}
			lost := m.points(semconv.MetricLost)
			if !tt.lost {
				require.Empty(t, lost)
				return
			}
			require.Len(t, lost, 1)
			require.Equal(t, "content", valueOf(lost[0].Attributes, semconv.LossReason))
		})
	}
}

// TestWithContent_RedactionComesBeforeTheLimit: a secret that a limit would cut
// in two is whole when the hook sees it.
func TestWithContent_RedactionComesBeforeTheLimit(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	seen := ""
	transport := instrument.NewTransport(answering(answer), append(m.options(),
		instrument.WithContent(instrument.ContentConfig{
			AttributeLimit: 300,
			Redact: instrument.RedactText(func(s string) string {
				seen += s
				return s
			}),
		}))...)
	text := strings.Repeat("words ", 100)
	send(t.Context(), t, transport, `{"contents":[{"parts":[{"text":"`+text+`"}]}]}`)
	require.Contains(t, seen, text)
	span := m.span(callSpan)
	got := attributesOf(span)
	require.LessOrEqual(t, len(got[semconv.InputMessages]), 300)
	require.True(t, json.Valid([]byte(got[semconv.InputMessages])))
	require.JSONEq(t, `["gen_ai.input.messages"]`, got[semconv.ContentCut])
}

// TestWithContent_BodyLimit says which side was cut.
func TestWithContent_BodyLimit(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), append(m.options(),
		instrument.WithContent(instrument.ContentConfig{BodyLimit: len(question)}))...)
	ask(t.Context(), t, transport)
	got := attributesOf(m.span(callSpan))
	require.JSONEq(t, askedMessages, got[semconv.InputMessages])
	require.JSONEq(t, answeredMessages, got[semconv.OutputMessages])
	require.JSONEq(t, `["gen_ai.output.messages"]`, got[semconv.ContentCut])
}

// TestWithContent_Secrets sends keys and media by every way that is not a
// text: none of it is recorded.
func TestWithContent_Secrets(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(answering(answer), append(m.options(),
		instrument.WithContent(instrument.ContentConfig{}))...)
	body := `{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"canaryAAAA"}},
		{"fileData":{"fileUri":"https://canary:canary@host/f?key=canary#canary"}},{"text":"Hi","thoughtSignature":"canary"}]}],
		"tools":[{"googleMaps":{"authConfig":{"apiKey":"canary"}}}]}`
	req, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodPost,
		generateURL+"?key=canary",
		strings.NewReader(body),
	)
	require.NoError(t, err)
	req.Header.Set("X-Goog-Api-Key", "canary")
	res, err := transport.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	got := attributesOf(m.span(callSpan))
	require.Contains(t, got[semconv.InputMessages], `"uri":"https://host/f"`)
	require.NotContains(t, fmt.Sprint(got), "canary")
}

// TestWithContent_Encoded has bodies that only the client can read.
func TestWithContent_Encoded(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, answer)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		res, err := answering(zipped.String())(req)
		res.Header.Set("Content-Encoding", "gzip")
		return res, err
	}), append(m.options(), instrument.WithContent(instrument.ContentConfig{}))...)
	ask(t.Context(), t, transport)
	got := attributesOf(m.span(callSpan))
	require.Contains(t, got, semconv.InputMessages)
	require.NotContains(t, got, semconv.OutputMessages)
}

// TestWithContent_Failures records what was asked, and never an error's text.
func TestWithContent_Failures(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	transport := instrument.NewTransport(roundTripper(func(req *http.Request) (*http.Response, error) {
		res, err := answering(`{"error":{"code":400,"message":"canary","status":"INVALID_ARGUMENT"}}`)(req)
		res.StatusCode = http.StatusBadRequest
		return res, err
	}), append(m.options(), instrument.WithContent(instrument.ContentConfig{}))...)
	ask(t.Context(), t, transport)
	got := attributesOf(m.span(callSpan))
	require.JSONEq(t, askedMessages, got[semconv.InputMessages])
	require.NotContains(t, fmt.Sprint(got), "canary")
}

// TestWithContent_SpanThatIsNotRecorded keeps no bodies, and does not ask the
// hook.
func TestWithContent_SpanThatIsNotRecorded(t *testing.T) {
	t.Parallel()
	tracers := trace.NewTracerProvider(trace.WithSampler(trace.NeverSample()))
	config := instrument.ContentConfig{Redact: func(context.Context, instrument.Content) (instrument.Content, bool) {
		require.Fail(t, "asked")
		return instrument.Content{}, false
	}}
	transport := instrument.NewTransport(answering(answer),
		instrument.WithTracerProvider(tracers), instrument.WithContent(config))
	require.Equal(t, answer, ask(t.Context(), t, transport))
}

// TestWithContent_BrokenTelemetry leaves the call alone.
func TestWithContent_BrokenTelemetry(t *testing.T) {
	t.Parallel()
	ctx, analysis := instrument.StartAnalysis(t.Context(), "")
	defer analysis.End()
	transport := instrument.NewTransport(answering(answer), instrument.WithContent(instrument.ContentConfig{}),
		instrument.WithTracerProvider(&brokenTracers{provides: true, starts: true}))
	require.Equal(t, answer, ask(ctx, t, transport))
	require.EqualValues(t, 1, analysis.Summary().Calls)
}

// TestCallResult_Content is what the application gives itself; it goes before
// what requests showed.
func TestCallResult_Content(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	on := append(m.options(), instrument.WithContent(instrument.ContentConfig{}))
	ctx, call := instrument.Start(t.Context(), instrument.CallStart{Model: "gpt-4o"}, on...)
	ask(ctx, t, instrument.NewTransport(answering(answer), on...))
	call.End(instrument.CallResult{Content: instrument.Content{Output: []instrument.Message{{Role: "assistant"}}}})
	got := attributesOf(m.span("chat gpt-4o"))
	require.JSONEq(t, `[{"role":"assistant","parts":[]}]`, got[semconv.OutputMessages])
	require.NotContains(t, got, semconv.InputMessages)

	_, call = instrument.Start(t.Context(), instrument.CallStart{Model: "off"}, m.options()...)
	call.End(instrument.CallResult{Content: instrument.Content{Output: []instrument.Message{{Role: "assistant"}}}})
	require.NotContains(t, attributesOf(m.span("chat off")), semconv.OutputMessages)
}

// TestCallResult_ContentIsTheApplications has a hook change what it is given,
// which is not what the application holds.
func TestCallResult_ContentIsTheApplications(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	given := func() instrument.Content {
		return instrument.Content{Input: []instrument.Message{{Role: "user", Parts: []instrument.Part{
			{Type: instrument.PartText, Content: "one"},
			{Type: instrument.PartToolCall, Arguments: map[string]any{"key": []any{"two"}}},
		}}}}
	}
	redact := func(_ context.Context, c instrument.Content) (instrument.Content, bool) {
		c.Input[0].Parts[0].Content = "gone"
		c.Input[0].Parts[1].Arguments.(map[string]any)["key"].([]any)[0] = "gone"
		return c, true
	}
	said := given()
	_, call := instrument.Start(t.Context(), instrument.CallStart{Model: "gpt-4o"},
		append(m.options(), instrument.WithContent(instrument.ContentConfig{Redact: redact}))...)
	call.End(instrument.CallResult{Content: said})
	require.Equal(t, given(), said)
	require.NotContains(t, attributesOf(m.span("chat gpt-4o"))[semconv.InputMessages], "two")
}

// panicking cannot be encoded.
type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("no JSON") }

// TestCallResult_ContentThatPanics has the application give what telemetry
// cannot read: its call ends as ever.
func TestCallResult_ContentThatPanics(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "")
	defer analysis.End()
	_, call := instrument.Start(ctx, instrument.CallStart{Model: "gpt-4o"}, append(m.options(),
		instrument.WithContent(instrument.ContentConfig{}), instrument.WithEstimator(nil))...)
	call.End(instrument.CallResult{Content: instrument.Content{Input: []instrument.Message{{Parts: []instrument.Part{
		{Type: instrument.PartToolCall, Arguments: panicking{}},
	}}}}})
	require.EqualValues(t, 1, analysis.Summary().Calls)
	require.NotContains(t, attributesOf(m.span("chat gpt-4o")), semconv.InputMessages)
}

// TestWithContent_LastAttempt has a call of two requests.
func TestWithContent_LastAttempt(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	on := append(m.options(), instrument.WithContent(instrument.ContentConfig{}))
	ctx, call := instrument.Start(
		t.Context(),
		instrument.CallStart{Model: "gemini-2.0-flash", Operation: "generate_content"},
		on...)
	transport := instrument.NewTransport(answering(answer), on...)
	send(ctx, t, transport, `{"contents":[{"parts":[{"text":"one"}]}]}`)
	send(ctx, t, transport, `{"contents":[{"parts":[{"text":"two"}]}]}`)
	call.End(instrument.CallResult{})
	got := attributesOf(m.span(callSpan))
	require.JSONEq(t, `[{"role":"user","parts":[{"type":"text","content":"two"}]}]`, got[semconv.InputMessages])
}

// send makes a request with a body of its own and reads the answer.
func send(ctx context.Context, t *testing.T, transport http.RoundTripper, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, generateURL, strings.NewReader(body))
	require.NoError(t, err)
	res, err := transport.RoundTrip(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	require.NoError(t, res.Body.Close())
}
