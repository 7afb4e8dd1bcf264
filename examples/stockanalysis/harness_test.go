// SPDX-License-Identifier: Apache-2.0

package stockanalysis_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness is the application on a stand-in of its own, over real HTTP.
type harness struct {
	*stockanalysis.GeminiClient
	core *stockanalysis.GeminiCore
	fake *instrumenttest.Gemini
	log  *requestLog
}

func newHarness(t *testing.T, core stockanalysis.CoreConfig, config stockanalysis.ClientConfig) harness {
	t.Helper()
	log := &requestLog{respond: standin.Respond}
	fake, err := instrumenttest.StartGemini(t.Context(), instrumenttest.WithResponder(log.answer))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, fake.Close()) })

	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return connect(t, fake, log, transport, core, config)
}

// connect puts the application on a stand-in, through a transport.
func connect(
	t *testing.T, fake *instrumenttest.Gemini, log *requestLog, transport http.RoundTripper,
	core stockanalysis.CoreConfig, config stockanalysis.ClientConfig,
) harness {
	t.Helper()
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "test", Backend: genai.BackendGeminiAPI,
		HTTPClient:  &http.Client{Transport: transport},
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	require.NoError(t, err)
	require.NoError(t, gemini.Instrument(client))
	h := harness{core: stockanalysis.NewGeminiCore(client, core), fake: fake, log: log}
	h.GeminiClient = stockanalysis.NewGeminiClient(h.core, config)
	return h
}

// newQuickHarness is a harness that draws no charts of its own.
func newQuickHarness(t *testing.T, core stockanalysis.CoreConfig) harness {
	t.Helper()
	h := newHarness(t, core, stockanalysis.ClientConfig{})
	h.ReuseCharts()
	return h
}

// newBubbleHarness is a quick harness without a network, for a synctest bubble: however busy the machine is, nothing in
// it is late.
func newBubbleHarness(t *testing.T, core stockanalysis.CoreConfig) harness {
	t.Helper()
	log := &requestLog{respond: standin.Respond}
	fake := instrumenttest.NewGemini(instrumenttest.WithResponder(log.answer))
	h := connect(t, fake, log, inProcess{fake}, core, stockanalysis.ClientConfig{})
	h.ReuseCharts()
	return h
}

// inProcess is a transport to a handler in the same process.
type inProcess struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// requestLog answers and remembers what was asked.
type requestLog struct {
	respond instrumenttest.Responder

	mu       sync.Mutex
	requests []instrumenttest.Request
}

func (l *requestLog) answer(req instrumenttest.Request) instrumenttest.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, req)
	return l.respond(req)
}

func (l *requestLog) all() []instrumenttest.Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

// of returns the request of one step.
func (l *requestLog) of(t *testing.T, callType instrument.CallType) instrumenttest.Request {
	t.Helper()
	requests := l.all()
	i := slices.IndexFunc(requests, standin.ForStep(callType))
	require.GreaterOrEqual(t, i, 0, "no request of %s", callType)
	return requests[i]
}

func bundled(t *testing.T) []market.Day {
	t.Helper()
	days, err := market.Bundled("RELIANCE")
	require.NoError(t, err)
	return days
}
