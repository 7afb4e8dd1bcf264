// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

var recorded = flag.String(
	"recorded",
	"testdata/records.jsonl",
	"file of recorded exchanges to replay, one JSON object a line",
)

// record is one exchange and what must be read of it.
type record struct {
	ID       string            `json:"id"`
	Provider string            `json:"provider"`
	Method   string            `json:"method"`
	Host     string            `json:"host"`
	URLPath  string            `json:"url_path"`
	Request  string            `json:"request_body"`
	Status   int               `json:"status"`
	Header   map[string]string `json:"response_headers"`
	Response string            `json:"response_body"`
	Expected expected          `json:"expected"`
}

// expected holds null for what is unknown.
type expected struct {
	Input         analysis.Count   `json:"input_tokens"`
	Output        analysis.Count   `json:"output_tokens"`
	Total         analysis.Count   `json:"total_tokens"`
	CacheRead     analysis.Count   `json:"cache_read"`
	CacheWrite    analysis.Count   `json:"cache_write"`
	Reasoning     analysis.Count   `json:"reasoning"`
	ToolUse       analysis.Count   `json:"tool_use_prompt"`
	InputBy       modalities       `json:"input_by_modality"`
	OutputBy      modalities       `json:"output_by_modality"`
	RequestModel  string           `json:"request_model"`
	Model         string           `json:"response_model"`
	ResponseID    string           `json:"response_id"`
	FinishReasons []string         `json:"finish_reasons"`
	Tier          string           `json:"service_tier"`
	BlockReason   string           `json:"block_reason"`
	Error         bool             `json:"error"`
	ErrorInBody   bool             `json:"error_in_body"`
	UsagePresent  bool             `json:"usage_present"`
	Complete      *bool            `json:"stream_complete"`
	Alternatives  []map[string]any `json:"alternatives"`
}

type modalities struct {
	Text  analysis.Count `json:"text"`
	Image analysis.Count `json:"image"`
	Audio analysis.Count `json:"audio"`
	Video analysis.Count `json:"video"`
}

// usages returns every usage that is right, the preferred one first.
func (r *record) usages(t *testing.T) []analysis.Usage {
	t.Helper()
	e := &r.Expected
	first := analysis.Usage{
		Status: analysis.StatusUnknown,
		Input:  e.Input, Output: e.Output, ProviderTotal: e.Total,
		CacheRead: e.CacheRead, CacheWrite: e.CacheWrite, Reasoning: e.Reasoning, ToolUse: e.ToolUse,
		InputBy: analysis.Modalities(e.InputBy), OutputBy: analysis.Modalities(e.OutputBy),
	}
	if e.UsagePresent {
		first.Status = analysis.StatusReported
		if e.ErrorInBody || r.end() == Cut {
			first.Status = analysis.StatusPartial
		}
	}
	usages := []analysis.Usage{first}
	for _, alternative := range e.Alternatives {
		text, err := json.Marshal(alternative)
		require.NoError(t, err)
		other := *r
		other.Expected.Alternatives = nil
		require.NoError(t, json.Unmarshal(text, &other.Expected))
		usages = append(usages, other.usages(t)...)
	}
	return usages
}

func (r *record) end() End {
	if r.Expected.Complete != nil && !*r.Expected.Complete {
		return Cut
	}
	return Whole
}

func (r *record) httpRequest() *http.Request {
	target := r.URLPath
	if r.Host != "" {
		target = "https://" + r.Host + target
	}
	return httptest.NewRequest(r.Method, target, http.NoBody)
}

func (r *record) httpHeader() http.Header {
	header := http.Header{}
	for key, value := range r.Header {
		header.Set(key, value)
	}
	return header
}

// loadRecords reads the file that the flag names.
func loadRecords(tb testing.TB) []record {
	tb.Helper()
	text, err := os.ReadFile(*recorded)
	require.NoError(tb, err)
	var records []record
	for line := range bytes.Lines(text) {
		var r record
		require.NoError(tb, json.Unmarshal(line, &r))
		records = append(records, r)
	}
	require.NotEmpty(tb, records)
	return records
}

// replay feeds both bodies in pieces and returns what was read, and false
// where the request is no call.
func (r *record) replay(tb testing.TB, pieces func(string) []string, end End) (Request, Response, bool) {
	tb.Helper()
	x, ok := Recognize(r.httpRequest())
	if !ok {
		return Request{}, Response{}, false
	}
	for _, piece := range pieces(r.Request) {
		x.RequestBody([]byte(piece))
	}
	x.ResponseHeader(r.Status, r.httpHeader())
	for _, piece := range pieces(r.Response) {
		x.ResponseBody([]byte(piece))
	}
	return x.Request(), x.Response(end), true
}

func inOnePiece(s string) []string { return []string{s} }

func inSingleBytes(s string) []string {
	pieces := make([]string, len(s))
	for i := range len(s) {
		pieces[i] = s[i : i+1]
	}
	return pieces
}

func cutAt(at int) func(string) []string {
	return func(s string) []string {
		at := min(at, len(s))
		return []string{s[:at], s[at:]}
	}
}
