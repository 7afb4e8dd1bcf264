// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/internal/semconv"
)

var allBaggage = []instrument.BaggageKey{
	instrument.BaggageAnalysisID, instrument.BaggageSubject, instrument.BaggageUserID,
	instrument.BaggageUserTier, instrument.BaggageTenantID,
}

// membersOf returns the members of the context's baggage by name.
func membersOf(ctx context.Context) map[string]string {
	found := map[string]string{}
	for _, member := range baggage.FromContext(ctx).Members() {
		found[member.Key()] = member.Value()
	}
	return found
}

// contextWith returns a context with such a baggage.
func contextWith(ctx context.Context, t *testing.T, members map[string]string) context.Context {
	t.Helper()
	bag := baggage.FromContext(ctx)
	for key, value := range members {
		member, err := baggage.NewMemberRaw(key, value)
		require.NoError(t, err)
		bag, err = bag.SetMember(member)
		require.NoError(t, err)
	}
	return baggage.ContextWithBaggage(ctx, bag)
}

// lostBaggage returns how many values were counted as lost.
func lostBaggage(m *telemetry) (n int64) {
	m.t.Helper()
	for _, p := range m.points(semconv.MetricLost) {
		if valueOf(p.Attributes, semconv.LossReason) == "baggage" {
			n += p.Value
		}
	}
	return n
}

func TestWithBaggage(t *testing.T) {
	t.Parallel()
	full := []instrument.AnalysisOption{
		instrument.WithSubject("RELIANCE"), instrument.WithUser("u-7"),
		instrument.WithUserTier("pro"), instrument.WithTenant("acme"),
	}
	for name, tt := range map[string]struct {
		keys   []instrument.BaggageKey
		opts   []instrument.AnalysisOption
		before map[string]string
		want   map[string]string
		lost   int64
	}{
		"NothingByDefault":  {nil, full, nil, map[string]string{}, 0},
		"NothingIsTouched":  {nil, full, map[string]string{semconv.AnalysisID: "outer"}, map[string]string{semconv.AnalysisID: "outer"}, 0},
		"OnlyWhatIsAllowed": {allBaggage[:1], full, nil, map[string]string{semconv.AnalysisID: "TestWithBaggage/OnlyWhatIsAllowed"}, 0},
		"UnknownKey":        {[]instrument.BaggageKey{"api.key"}, full, nil, map[string]string{}, 0},
		"Everything": {allBaggage, full, map[string]string{"other": "x"}, map[string]string{
			"other": "x", semconv.AnalysisID: "TestWithBaggage/Everything", semconv.AnalysisSubject: "RELIANCE",
			semconv.UserID: "u-7", semconv.UserTier: "pro", semconv.TenantID: "acme",
		}, 0},
		"OuterIsReplaced": {
			allBaggage[:2], nil,
			map[string]string{semconv.AnalysisID: "outer", semconv.AnalysisSubject: "old", semconv.TenantID: "t", semconv.UserID: "own"},
			map[string]string{semconv.AnalysisID: "TestWithBaggage/OuterIsReplaced", semconv.UserID: "own"},
			0,
		},
		"LongestValue": {
			allBaggage[1:2],
			[]instrument.AnalysisOption{instrument.WithSubject(strings.Repeat("%", 256))},
			nil,
			map[string]string{semconv.AnalysisSubject: strings.Repeat("%", 256)},
			0,
		},
		"NotFitForIt": {
			allBaggage[1:],
			[]instrument.AnalysisOption{
				instrument.WithSubject(strings.Repeat("x", 257)), instrument.WithUser("\xff"),
				instrument.WithUserTier("a\nb"), instrument.WithTenant("  "),
			},
			nil,
			map[string]string{},
			4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			ctx, analysis := m.start(contextWith(t.Context(), t, tt.before), t.Name(),
				append(tt.opts, instrument.WithBaggage(tt.keys...), instrument.WithMeterProvider(m.meters))...)
			defer analysis.End()
			require.Equal(t, tt.want, membersOf(ctx))
			require.Equal(t, tt.lost, lostBaggage(m))
		})
	}
}

func TestWithBaggage_OfAJoin(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	_, first := m.start(t.Context(), t.Name(), instrument.WithUser("u-7"))
	defer first.End()
	ctx, second := m.start(t.Context(), t.Name(), instrument.WithBaggage(allBaggage...))
	defer second.End()
	require.Equal(t, map[string]string{semconv.AnalysisID: t.Name(), semconv.UserID: "u-7"}, membersOf(ctx))
}

func TestFromBaggage(t *testing.T) {
	t.Parallel()
	said := func(id string) map[string]string {
		return map[string]string{
			semconv.AnalysisID: id, semconv.AnalysisSubject: "RELIANCE", semconv.UserID: "u-7",
			semconv.UserTier: "pro", semconv.TenantID: "acme",
		}
	}
	all := instrument.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "pro", TenantID: "acme"}
	for name, tt := range map[string]struct {
		id     string
		opts   []instrument.AnalysisOption
		said   map[string]string
		wantID string // "" for one that was generated
		want   instrument.Attribution
		lost   int64
	}{
		"All":              {"", []instrument.AnalysisOption{instrument.FromBaggage(allBaggage...)}, said("from_a"), "from_a", all, 0},
		"NothingByDefault": {"", nil, said("from_b"), "", instrument.Attribution{}, 0},
		"OnlyWhatIsAllowed": {
			"",
			[]instrument.AnalysisOption{instrument.FromBaggage(instrument.BaggageUserID, "other")},
			said("from_c"), "",
			instrument.Attribution{UserID: "u-7"},
			0,
		},
		"TheApplicationGoesFirst": {
			"own",
			[]instrument.AnalysisOption{instrument.FromBaggage(allBaggage...), instrument.WithTenant("mine")},
			said("from_d"), "own",
			instrument.Attribution{Subject: "RELIANCE", UserID: "u-7", UserTier: "pro", TenantID: "mine"},
			0,
		},
		"NoBaggage": {"", []instrument.AnalysisOption{instrument.FromBaggage(allBaggage...)}, nil, "", instrument.Attribution{}, 0},
		"NotFitForUse": {
			"",
			[]instrument.AnalysisOption{instrument.FromBaggage(allBaggage...)},
			map[string]string{
				semconv.AnalysisID: "", semconv.AnalysisSubject: strings.Repeat("x", 257), semconv.UserID: "a\x00",
				semconv.UserTier: "\uFFFD", semconv.TenantID: " \t",
			},
			"",
			instrument.Attribution{},
			5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			_, analysis := m.start(contextWith(t.Context(), t, tt.said), tt.id,
				append(tt.opts, instrument.WithMeterProvider(m.meters))...)
			analysis.End()
			if tt.wantID == "" {
				require.Regexp(t, `^[0-9a-f-]{36}$`, analysis.ID())
			} else {
				require.Equal(t, tt.wantID, analysis.ID())
			}
			require.Equal(t, tt.want, analysis.Summary().Attribution)
			require.Equal(t, tt.lost, lostBaggage(m))
		})
	}
}

// TestBaggage_AcrossServices carries odd values over a real connection.
func TestBaggage_AcrossServices(t *testing.T) {
	t.Parallel()
	a, b := newTelemetry(t), newTelemetry(t)
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	odd := `50 % "off"; a=b, ü → 日本\`
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, analysis := b.start(ctx, "", instrument.FromBaggage(allBaggage...), instrument.WithSubject("part two"))
		defer analysis.End()
		ask(ctx, t, instrument.NewTransport(answering(answer), b.options()...))
	}))
	defer other.Close()

	ctx, analysis := a.start(t.Context(), odd, instrument.WithUser(odd+"7"), instrument.WithBaggage(allBaggage...))
	analysis.End() // before the other begins, which would join it in this process
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, other.URL, http.NoBody)
	require.NoError(t, err)
	propagator.Inject(ctx, propagation.HeaderCarrier(req.Header))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())

	call, part, whole := b.span(callSpan), b.span("analysis"), a.span("analysis")
	require.Equal(t, odd, attributesOf(call)[semconv.AnalysisID])
	require.Equal(t, odd+"7", attributesOf(call)[semconv.UserID])
	require.Equal(t, "part two", attributesOf(call)[semconv.AnalysisSubject])
	require.Equal(t, "1", attributesOf(part)[semconv.AnalysisCalls], "what it saw itself")
	require.Equal(t, "0", attributesOf(whole)[semconv.AnalysisCalls])
	require.Equal(t, whole.SpanContext().TraceID(), part.SpanContext().TraceID())
	require.Equal(t, whole.SpanContext().SpanID(), part.Parent().SpanID())
}

// seen keeps what the transport below passes on to the provider.
type seen struct {
	header http.Header
	ctx    context.Context
}

func (s *seen) transport() http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		s.header, s.ctx = req.Header.Clone(), req.Context()
		return answering(answer)(req)
	})
}

// TestNewTransport_Baggage has every stack of transports keep our members from
// the provider, and nothing else.
func TestNewTransport_Baggage(t *testing.T) {
	t.Parallel()
	propagator := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	traced := func(base http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(base, otelhttp.WithPropagators(propagator))
	}
	for name, stack := range map[string]func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper{
		"Alone": func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper {
			return instrument.NewTransport(base, opts...)
		},
		"PropagatorAbove": func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper {
			return traced(instrument.NewTransport(base, opts...))
		},
		"PropagatorBelow": func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper {
			return instrument.NewTransport(traced(base), opts...)
		},
		"PropagatorOnBothSides": func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper {
			return traced(instrument.NewTransport(traced(base), opts...))
		},
		"TwiceMeasured": func(base http.RoundTripper, opts []instrument.Option) http.RoundTripper {
			return instrument.NewTransport(traced(instrument.NewTransport(traced(base), opts...)), opts...)
		},
	} {
		for _, others := range []map[string]string{{}, {"region": "eu west"}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m := newTelemetry(t)
				ctx, analysis := m.start(
					contextWith(t.Context(), t, others),
					"",
					instrument.WithSubject("secret subject"),
					instrument.WithUser("secret user"),
					instrument.WithBaggage(allBaggage...),
				)
				defer analysis.End()
				require.Len(t, membersOf(ctx), 3+len(others))
				var provider seen
				transport := stack(provider.transport(), m.options())

				ask(ctx, t, transport)
				requireHidden(t, &provider, others)

				under, call := instrument.Start(ctx, instrument.CallStart{}, m.options()...)
				require.Equal(t, others, membersOf(under))
				for range 2 { // a call of two attempts
					ask(under, t, transport)
					requireHidden(t, &provider, others)
				}
				call.End(instrument.CallResult{})
			})
		}
	}
}

// requireHidden finds none of our members in what the provider gets, and all
// others.
func requireHidden(t *testing.T, provider *seen, others map[string]string) {
	t.Helper()
	require.Equal(t, others, membersOf(provider.ctx))
	for _, value := range provider.header.Values("Baggage") {
		require.NotContains(t, value, "spanledger")
		require.NotContains(t, value, "secret")
		require.NotContains(t, value, "user.id")
	}
	if len(others) == 0 {
		require.NotContains(t, provider.header, "Baggage")
	}
}

func TestNewTransport_BaggageHeader(t *testing.T) {
	t.Parallel()
	ours := "spanledger.analysis.id=a%2Cb;p=1"
	for name, tt := range map[string]struct{ header, want http.Header }{
		"None":   {http.Header{"X": {"1"}}, http.Header{"X": {"1"}}},
		"Others": {http.Header{"Baggage": {"a=1,b=2;p"}}, http.Header{"Baggage": {"a=1,b=2;p"}}},
		"Ours":   {http.Header{"Baggage": {ours}, "X": {"1"}}, http.Header{"X": {"1"}}},
		"Mixed": {
			http.Header{"Baggage": {"a=1 , " + ours + " ,user.id = u-7, b=2;user.id=x", "spanledger.tenant.id=t", " c=%2C"}},
			http.Header{"Baggage": {"a=1 , b=2;user.id=x", " c=%2C"}},
		},
		"OddSpelling": {
			http.Header{"baggage": {ours + ",a=1"}, "BAGGAGE": {"spanledger.user.tier=pro,b=2"}},
			http.Header{"baggage": {"a=1"}, "BAGGAGE": {"b=2"}},
		},
		"LikeOurs": {http.Header{"Baggage": {"spanledger.analysis.idx=1,x.user.id=2"}}, http.Header{"Baggage": {"spanledger.analysis.idx=1,x.user.id=2"}}},
		"Nil":      {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTelemetry(t)
			var provider seen
			req := newRequest(t.Context(), t, generateURL)
			req.Header = tt.header
			before := tt.header.Clone()
			res, err := instrument.NewTransport(provider.transport(), m.options()...).RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, tt.want, provider.header)
			require.Equal(t, before, req.Header, "the caller's request stays as it is")
		})
	}
}

func TestNewTransport_BaggageOfOtherRequests(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	ctx, analysis := m.start(t.Context(), "", instrument.WithBaggage(allBaggage...))
	defer analysis.End()
	var service seen
	transport := otelhttp.NewTransport(instrument.NewTransport(service.transport(), m.options()...),
		otelhttp.WithPropagators(propagation.Baggage{}))
	res, err := transport.RoundTrip(newRequest(ctx, t, "http://prices.internal/quotes"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "spanledger.analysis.id="+analysis.ID(), service.header.Get("Baggage"))
	require.Equal(t, map[string]string{semconv.AnalysisID: analysis.ID()}, membersOf(service.ctx))
}

func TestNewTransport_BaggageOfRedirects(t *testing.T) {
	t.Parallel()
	m := newTelemetry(t)
	var headers []http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers = append(headers, r.Header)
		if r.URL.Query().Has("moved") {
			_, _ = io.WriteString(w, answer)
			return
		}
		http.Redirect(w, r, r.URL.Path+"?moved", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	ctx, analysis := m.start(t.Context(), "", instrument.WithBaggage(allBaggage...))
	defer analysis.End()
	for _, client := range []*http.Client{
		{Transport: otelhttp.NewTransport(instrument.NewTransport(nil, m.options()...), otelhttp.WithPropagators(propagation.Baggage{}))},
		{Transport: instrument.NewTransport(otelhttp.NewTransport(nil, otelhttp.WithPropagators(propagation.Baggage{})), m.options()...)},
	} {
		req := newRequest(ctx, t, server.URL+"/v1/models/gemini-2.0-flash:generateContent")
		req.Header.Set("Baggage", "user.id=u-7,other=1")
		sent := maps.Clone(req.Header)
		res, err := client.Do(req)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, sent, req.Header)
	}
	require.Len(t, headers, 4)
	for _, header := range headers {
		require.NotContains(t, header.Get("Baggage"), "user.id")
		require.NotContains(t, header.Get("Baggage"), "spanledger")
	}
	require.Equal(t, "other=1", headers[2].Get("Baggage"), "a propagator below has nothing to add")
}
