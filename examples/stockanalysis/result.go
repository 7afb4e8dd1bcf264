// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"github.com/spanledger/spanledger/examples/stockanalysis/chart"
	"github.com/spanledger/spanledger/examples/stockanalysis/indicator"
	"github.com/spanledger/spanledger/instrument"
)

// Result is what an analysis found. It marshals to the JSON that the application hands out.
type Result struct {
	Symbol     string           `json:"symbol"`
	Decision   Decision         `json:"decision"`
	Indicators indicator.Values `json:"indicators"`
	// Findings are the answers of the steps that worked, in the order of the call types. The last step's answer is
	// the Decision.
	Findings []Finding `json:"findings"`
	// FailedCalls are the steps that did not work; empty when all did.
	FailedCalls []FailedCall `json:"failed_calls"`
	Metadata    Metadata     `json:"analysis_metadata"`
	// Charts are the pictures that the model looked at.
	Charts chart.Set `json:"-"`
}

// Finding is the answer of one step.
type Finding struct {
	CallType instrument.CallType `json:"call_type"`
	Text     string              `json:"text"`
	// Code is what the model ran for it, if it could.
	Code []CodeRun `json:"code,omitempty"`
}

// FailedCall is a step without an answer, and the ErrorClass of why.
type FailedCall struct {
	CallType instrument.CallType `json:"call_type"`
	Error    string              `json:"error"`
}

// Metadata says how a Result came about and what it used.
type Metadata struct {
	// AnalysisID is the id under which the ledger keeps the analysis.
	AnalysisID string `json:"analysis_id"`
	Model      string `json:"model"`
	// TokenUsage counts every call, failed ones included.
	TokenUsage instrument.Summary `json:"token_usage"`
}

// newResult returns a Result without a call: its lists are empty, not nil, so that they are lists in JSON too.
func newResult(symbol string, m material) Result {
	return Result{
		Symbol: symbol, Indicators: m.values, Charts: m.charts,
		Findings: []Finding{}, FailedCalls: []FailedCall{},
	}
}

// add sorts replies into findings and failed calls.
func (r *Result) add(replies ...reply) {
	for _, reply := range replies {
		if reply.err != nil {
			r.fail(reply.CallType, reply.err)
			continue
		}
		r.Findings = append(r.Findings, reply.Finding)
	}
}

// decide takes the decision out of the last step's reply.
func (r *Result) decide(last reply) {
	r.Decision = Decision{Action: Undecided}
	err := last.err
	if err == nil {
		var d Decision
		if d, err = parseDecision(last.Text); err == nil {
			r.Decision = d
			return
		}
	}
	r.fail(last.CallType, err)
}

func (r *Result) fail(callType instrument.CallType, err error) {
	r.FailedCalls = append(r.FailedCalls, FailedCall{CallType: callType, Error: ErrorClass(err)})
}
