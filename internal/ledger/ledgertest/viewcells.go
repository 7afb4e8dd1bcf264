// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/analysis"
)

func summaryCells(t *testing.T, s analysis.Summary) cells {
	t.Helper()
	row := totalsCells(&s.Totals)
	maps.Copy(row, cells{
		"analysis_id": s.AnalysisID, "subject": known(s.Subject), "user_id": known(s.UserID),
		"user_tier": known(s.UserTier), "tenant_id": known(s.TenantID),
		"start_time": viewTime(s.Start), "end_time": viewTime(s.End),
		"duration_seconds": viewSeconds(s.Duration().Seconds()),
		"llm_calls_count":  number(s.Calls), "completeness": string(s.Completeness),
		"missing_calls":         number(s.MissingCalls),
		"token_usage_breakdown": breakdownCell(t, s.Breakdowns),
	})
	delete(row, "calls")
	return row
}

func groupCells(g *analysis.Group) cells {
	row := totalsCells(&g.Totals)
	maps.Copy(row, cells{
		"start_time": viewTime(g.Start), "end_time": viewTime(g.End), "busy_seconds": viewSeconds(g.Busy.Seconds()),
	})
	return row
}

func totalsCells(t *analysis.Totals) cells {
	row := cells{
		"total_input_tokens": countCell(t.InputTokens()), "total_output_tokens": countCell(t.OutputTokens()),
		"total_tokens": countCell(t.TotalTokens()), "cache_read_tokens": countCell(t.CacheReadTokens()),
		"cache_write_tokens": countCell(t.CacheWriteTokens()), "reasoning_tokens": countCell(t.ReasoningTokens()),
		"tool_use_tokens": countCell(t.ToolUseTokens()),
		"calls":           number(t.Calls), "successful_calls": number(t.Succeeded()), "failed_calls": number(t.Failed),
		"calls_without_usage": number(t.WithoutUsage), "partial_calls": number(t.Partial),
		"estimated_calls": number(t.Estimated), "unaccounted_tokens": number(t.Unaccounted),
		"cost_usd": null, "unpriced_calls": number(t.Unpriced),
	}
	if amount, ok := t.CostUSD(); ok {
		row["cost_usd"] = amountCell(amount)
	}
	return row
}

// breakdownCell is token_usage_breakdown as canonicalJSON writes it.
func breakdownCell(t *testing.T, breakdowns []analysis.Breakdown) string {
	t.Helper()
	all := make(map[analysis.CallType]map[string]json.RawMessage, len(breakdowns))
	for i := range breakdowns {
		row := totalsCells(&breakdowns[i].Totals)
		require.Len(t, row, len(BreakdownKeys))
		one := make(map[string]json.RawMessage, len(row))
		for _, key := range BreakdownKeys {
			one[key] = json.RawMessage(strings.ReplaceAll(row[key], null, "null"))
		}
		all[breakdowns[i].CallType] = one
	}
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return string(text)
}

func callCells(t *testing.T, c *analysis.Call) cells {
	t.Helper()
	u, a := &c.Usage, &c.Attribution
	row := cells{
		"analysis_id": c.AnalysisID, "parent_span_id": known(c.Parent.String()), "call_type": string(c.Type),
		"provider": c.Provider, "operation": known(c.Operation), "response_id": known(c.ResponseID),
		"request_model": known(c.RequestModel), "response_model": known(c.ResponseModel),
		"start_time": viewTime(c.Start), "end_time": viewTime(c.End),
		"duration_seconds":            viewSeconds(c.Duration().Seconds()),
		"time_to_first_chunk_seconds": null,
		"input_tokens":                countCell(u.Input), "output_tokens": countCell(u.Output),
		"total_tokens": countCell(u.Total()), "cache_read_tokens": countCell(u.CacheRead),
		"cache_write_tokens": countCell(u.CacheWrite), "reasoning_tokens": countCell(u.Reasoning),
		"tool_use_tokens": countCell(u.ToolUse), "provider_total_tokens": countCell(u.ProviderTotal),
		"unaccounted_tokens": countCell(u.Unaccounted()), "usage_status": u.Status.String(),
		"largest_request_input_tokens": countCell(u.LargestInput),
		"success":                      strconv.FormatBool(c.Succeeded()), "stream": strconv.FormatBool(c.Stream),
		"error_type": known(c.ErrorType), "cost_usd": null, "price_list_version": known(c.Cost.PriceListVersion),
		"finish_reasons": null, "attempts": number(int64(c.Attempts)), "service_tier": known(c.ServiceTier),
		"subject": known(a.Subject), "user_id": known(a.UserID), "user_tier": known(a.UserTier),
		"tenant_id": known(a.TenantID),
	}
	modalityCells(row, "input", u.InputBy)
	modalityCells(row, "output", u.OutputBy)
	if c.Cost.Priced {
		row["cost_usd"] = amountCell(c.Cost.Amount)
	}
	if c.TimeToFirstChunk > 0 {
		row["time_to_first_chunk_seconds"] = viewSeconds(c.TimeToFirstChunk.Seconds())
	}
	if len(c.FinishReasons) > 0 {
		text, err := json.Marshal(c.FinishReasons)
		require.NoError(t, err)
		row["finish_reasons"] = string(text)
	}
	return row
}

func modalityCells(row cells, side string, m analysis.Modalities) {
	row[side+"_text_tokens"], row[side+"_image_tokens"] = countCell(m.Text), countCell(m.Image)
	row[side+"_audio_tokens"], row[side+"_video_tokens"] = countCell(m.Audio), countCell(m.Video)
}

func known(text string) string {
	if text == "" {
		return null
	}
	return text
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func countCell(c analysis.Count) string {
	if n, ok := c.Value(); ok {
		return number(n)
	}
	return null
}

// amountCell is the dollars without zeros at the end: "0.00225", "12".
func amountCell(a analysis.Amount) string {
	return strings.TrimSuffix(strings.TrimRight(a.String(), "0"), ".")
}
