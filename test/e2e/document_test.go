// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// document is a summary as the command line, the API and Summary print it.
type document struct {
	AnalysisID   string          `json:"analysis_id"`
	Subject      string          `json:"subject"`
	Duration     float64         `json:"duration_seconds"`
	Input        int64           `json:"total_input_tokens"`
	Output       int64           `json:"total_output_tokens"`
	Total        int64           `json:"total_tokens"`
	Calls        int64           `json:"llm_calls_count"`
	Succeeded    int64           `json:"successful_calls"`
	Failed       int64           `json:"failed_calls"`
	Completeness string          `json:"completeness"`
	CallTypes    []string        `json:"call_types"`
	Breakdown    json.RawMessage `json:"usage_breakdown"`
}

// parseDocument reads exactly one JSON document.
func parseDocument(t *testing.T, text []byte) document {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	var d document
	require.NoError(t, decoder.Decode(&d), "%s", text)
	var more any
	require.ErrorIs(t, decoder.Decode(&more), io.EOF, "more than one document: %s", text)
	return d
}

// documentBill returns the breakdown of a document, whose totals have to be
// its sum.
func documentBill(t *testing.T, text []byte) bill {
	t.Helper()
	d := parseDocument(t, text)
	b, err := parseBreakdown(d.Breakdown)
	require.NoError(t, err)
	sum := b.total()
	require.Equal(t, sum.Calls, d.Calls)
	require.Equal(t, sum.Failed, d.Failed)
	require.Equal(t, sum.Calls-sum.Failed, d.Succeeded)
	require.Equal(t, sum.Input, d.Input)
	require.Equal(t, sum.Output, d.Output)
	require.Equal(t, sum.Input+sum.Output, d.Total)
	require.Len(t, d.CallTypes, len(b))
	return b
}

// compact returns the document without white space between its parts.
func compact(t *testing.T, text []byte) string {
	t.Helper()
	var to bytes.Buffer
	require.NoError(t, json.Compact(&to, text), "%s", text)
	return to.String()
}
