// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// relay is an OTLP receiver over HTTP that keeps what it gets and passes it on
// to others. It acknowledges what all of them have taken.
type relay struct {
	*httptest.Server

	client *http.Client
	to     []string

	mu    sync.Mutex
	wire  bytes.Buffer // all bodies
	spans []ptrace.Span
}

func newRelay(t *testing.T, to ...string) *relay {
	t.Helper()
	transport := &http.Transport{}
	r := &relay{client: &http.Client{Transport: transport}, to: to}
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.Close()
		transport.CloseIdleConnections()
	})
	return r
}

// ServeHTTP implements http.Handler.
func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err == nil && request.URL.Path == "/v1/traces" {
		err = r.take(request, body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (r *relay) take(request *http.Request, body []byte) error {
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(body); err != nil {
		return err
	}
	for _, address := range r.to {
		_, err := post(request.Context(), r.client, "http://"+address+"/v1/traces", "application/x-protobuf", body)
		if err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wire.Write(body)
	for _, resource := range export.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				r.spans = append(r.spans, span)
			}
		}
	}
	return nil
}

// bill adds up the spans of calls.
func (r *relay) bill(t *testing.T, analysisID string) bill {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	b := bill{}
	for _, span := range r.spans {
		a := span.Attributes().AsRaw()
		if _, isCall := a["gen_ai.operation.name"]; !isCall {
			continue
		}
		require.Equal(t, analysisID, a["spanledger.analysis.id"])
		b.add(a["spanledger.call.type"].(string), spanFigures(a))
	}
	return b
}

func spanFigures(a map[string]any) figures {
	count := func(name string) int64 {
		n, _ := a[name].(int64)
		return n
	}
	f := figures{
		Calls: 1,
		Input: count("gen_ai.usage.input_tokens"), Output: count("gen_ai.usage.output_tokens"),
		CacheRead: count("gen_ai.usage.cache_read.input_tokens"),
		Reasoning: count("gen_ai.usage.reasoning.output_tokens"),
		ToolUse:   count("spanledger.usage.tool_use.input_tokens"),
	}
	if _, failed := a["error.type"]; failed {
		f.Failed = 1
	}
	switch a["spanledger.usage.status"] {
	case "unknown":
		f.WithoutUsage = 1
	case "partial":
		f.Partial = 1
	}
	return f
}
