// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"encoding/json"
	"math"
	"time"
)

// The types of this file are the JSON document of a Summary. Users read these
// names; add to them, change none.

type summaryDocument struct {
	AnalysisID string `json:"analysis_id"`
	Subject    string `json:"subject,omitempty"`
	UserID     string `json:"user_id,omitempty"`
	UserTier   string `json:"user_tier,omitempty"`
	TenantID   string `json:"tenant_id,omitempty"`

	StartTime       *time.Time `json:"start_time"`
	EndTime         *time.Time `json:"end_time"`
	DurationSeconds float64    `json:"duration_seconds"`

	tokenDocument

	LLMCallsCount int64 `json:"llm_calls_count"`
	TotalCalls    int64 `json:"total_calls"`
	callsDocument

	Completeness Completeness `json:"completeness"`
	MissingCalls int64        `json:"missing_calls"`
	Cost         costDocument `json:"cost"`

	CallTypes      []CallType                     `json:"call_types"`
	UsageBreakdown map[CallType]breakdownDocument `json:"usage_breakdown"`
	OmittedCalls   int64                          `json:"omitted_call_details,omitempty"`
}

type tokenDocument struct {
	Input      Count `json:"total_input_tokens"`
	Output     Count `json:"total_output_tokens"`
	Total      Count `json:"total_tokens"`
	CacheRead  Count `json:"cache_read_tokens"`
	CacheWrite Count `json:"cache_write_tokens"`
	Reasoning  Count `json:"reasoning_tokens"`
	ToolUse    Count `json:"tool_use_tokens"`
}

type callsDocument struct {
	Succeeded    int64 `json:"successful_calls"`
	Failed       int64 `json:"failed_calls"`
	WithoutUsage int64 `json:"calls_without_usage"`
	Partial      int64 `json:"partial_calls"`
	Estimated    int64 `json:"estimated_calls"`
	Unaccounted  int64 `json:"unaccounted_tokens"`
}

type costDocument struct {
	Amount   *Amount `json:"amount"`
	Currency string  `json:"currency"`
	Unpriced int64   `json:"unpriced_calls"`
}

type breakdownDocument struct {
	Calls int64 `json:"calls"`
	tokenDocument
	callsDocument
	SuccessRate float64        `json:"success_rate"`
	CostUSD     *Amount        `json:"cost_usd"`
	Unpriced    int64          `json:"unpriced_calls"`
	CallDetails []callDocument `json:"call_details"`
}

type callDocument struct {
	TraceID         string    `json:"trace_id"`
	SpanID          string    `json:"span_id"`
	ParentSpanID    string    `json:"parent_span_id,omitempty"`
	CallType        CallType  `json:"call_type"`
	Provider        string    `json:"provider"`
	RequestModel    string    `json:"request_model"`
	ResponseModel   string    `json:"response_model,omitempty"`
	StartTime       time.Time `json:"start_time"`
	DurationSeconds float64   `json:"duration_seconds"`

	Input      Count `json:"input_tokens"`
	Output     Count `json:"output_tokens"`
	Total      Count `json:"total_tokens"`
	CacheRead  Count `json:"cache_read_tokens"`
	CacheWrite Count `json:"cache_write_tokens"`
	Reasoning  Count `json:"reasoning_tokens"`
	ToolUse    Count `json:"tool_use_tokens"`
	Provided   Count `json:"provider_total_tokens"`
	Beyond     Count `json:"unaccounted_tokens"`
	Largest    Count `json:"largest_request_input_tokens,omitzero"`

	UsageStatus      string   `json:"usage_status"`
	Success          bool     `json:"success"`
	ErrorType        string   `json:"error_type,omitempty"`
	CostUSD          *Amount  `json:"cost_usd"`
	PriceListVersion string   `json:"price_list_version,omitempty"`
	FinishReasons    []string `json:"finish_reasons,omitempty"`
	Attempts         int      `json:"attempts"`
	ServiceTier      string   `json:"service_tier,omitempty"`
}

// MarshalJSON writes the document of the HTTP API. Unknown token counts and
// costs are null, amounts are strings, times are UTC in RFC 3339.
func (s Summary) MarshalJSON() ([]byte, error) {
	return json.Marshal(s.document())
}

func (s *Summary) document() summaryDocument {
	d := summaryDocument{
		AnalysisID: s.AnalysisID, Subject: s.Subject,
		UserID: s.UserID, UserTier: s.UserTier, TenantID: s.TenantID,
		StartTime: timeOrNull(s.Start), EndTime: timeOrNull(s.End), DurationSeconds: seconds(s.Duration()),
		tokenDocument: s.tokenDocument(), callsDocument: s.callsDocument(),
		LLMCallsCount: s.Calls, TotalCalls: s.Calls,
		Completeness: s.Completeness, MissingCalls: s.MissingCalls,
		Cost:           costDocument{Amount: s.costOrNull(), Currency: "USD", Unpriced: s.Unpriced},
		CallTypes:      make([]CallType, 0, len(s.Breakdowns)),
		UsageBreakdown: make(map[CallType]breakdownDocument, len(s.Breakdowns)),
		OmittedCalls:   s.OmittedCalls,
	}
	for i := range s.Breakdowns {
		b := &s.Breakdowns[i]
		d.CallTypes = append(d.CallTypes, b.CallType)
		d.UsageBreakdown[b.CallType] = b.document()
	}
	return d
}

func (d *Breakdown) document() breakdownDocument {
	details := make([]callDocument, len(d.Details))
	for i := range d.Details {
		details[i] = d.Details[i].document()
	}
	return breakdownDocument{
		Calls: d.Calls, tokenDocument: d.tokenDocument(), callsDocument: d.callsDocument(),
		SuccessRate: d.SuccessRate(), CostUSD: d.costOrNull(), Unpriced: d.Unpriced, CallDetails: details,
	}
}

func (t *Totals) tokenDocument() tokenDocument {
	return tokenDocument{
		Input: t.InputTokens(), Output: t.OutputTokens(), Total: t.TotalTokens(),
		CacheRead: t.CacheReadTokens(), CacheWrite: t.CacheWriteTokens(),
		Reasoning: t.ReasoningTokens(), ToolUse: t.ToolUseTokens(),
	}
}

func (t *Totals) callsDocument() callsDocument {
	return callsDocument{
		Succeeded: t.Succeeded(), Failed: t.Failed, WithoutUsage: t.WithoutUsage,
		Partial: t.Partial, Estimated: t.Estimated, Unaccounted: t.Unaccounted,
	}
}

func (t *Totals) costOrNull() *Amount {
	if amount, ok := t.CostUSD(); ok {
		return &amount
	}
	return nil
}

// MarshalJSON writes the call as the API lists it.
func (c Call) MarshalJSON() ([]byte, error) {
	return json.Marshal(c.document())
}

func (c *Call) document() callDocument {
	d := callDocument{
		TraceID: c.Key.Trace.String(), SpanID: c.Key.Span.String(), ParentSpanID: c.Parent.String(),
		CallType: c.Type, Provider: c.Provider, RequestModel: c.RequestModel, ResponseModel: c.ResponseModel,
		StartTime: c.Start.UTC().Truncate(time.Microsecond), DurationSeconds: seconds(c.Duration()),
		Input: c.Usage.Input, Output: c.Usage.Output, Total: c.Usage.Total(),
		CacheRead: c.Usage.CacheRead, CacheWrite: c.Usage.CacheWrite,
		Reasoning: c.Usage.Reasoning, ToolUse: c.Usage.ToolUse,
		Provided: c.Usage.ProviderTotal, Beyond: c.Usage.Unaccounted(),
		Largest:     c.Usage.LargestInput,
		UsageStatus: c.Usage.Status.String(), Success: c.Succeeded(), ErrorType: c.ErrorType,
		PriceListVersion: c.Cost.PriceListVersion, FinishReasons: c.FinishReasons,
		Attempts: c.Attempts, ServiceTier: c.ServiceTier,
	}
	if c.Cost.Priced {
		d.CostUSD = &c.Cost.Amount
	}
	return d
}

// seconds rounds to the microseconds that a store keeps.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}
