// SPDX-License-Identifier: Apache-2.0

package ledgertest

// ViewColumns pins what a dashboard may rely on: the views of every store and
// their columns in order. Add at the end of a view; rename or drop nothing.
var ViewColumns = map[string][]string{
	"analysis_summary": {
		"analysis_id", "subject", "user_id", "user_tier", "tenant_id",
		"start_time", "end_time", "duration_seconds",
		"total_input_tokens", "total_output_tokens", "total_tokens",
		"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_use_tokens",
		"llm_calls_count", "successful_calls", "failed_calls", "calls_without_usage", "unaccounted_tokens",
		"cost_usd", "unpriced_calls", "completeness", "missing_calls", "token_usage_breakdown", "updated_at",
		"partial_calls", "estimated_calls",
	},
	"call_type_summary": {
		"analysis_id", "call_type", "provider", "model", "start_time", "end_time", "busy_seconds",
		"total_input_tokens", "total_output_tokens", "total_tokens",
		"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_use_tokens",
		"calls", "successful_calls", "failed_calls", "calls_without_usage", "unaccounted_tokens",
		"cost_usd", "unpriced_calls", "partial_calls", "estimated_calls",
	},
	"call": {
		"analysis_id", "trace_id", "span_id", "parent_span_id", "call_type",
		"provider", "request_model", "response_model", "start_time", "duration_seconds",
		"input_tokens", "output_tokens", "total_tokens",
		"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_use_tokens",
		"provider_total_tokens", "unaccounted_tokens",
		"usage_status", "success", "error_type", "cost_usd", "price_list_version",
		"finish_reasons", "attempts", "service_tier",
		"operation", "response_id", "stream", "end_time", "time_to_first_chunk_seconds",
		"input_text_tokens", "input_image_tokens", "input_audio_tokens", "input_video_tokens",
		"output_text_tokens", "output_image_tokens", "output_audio_tokens", "output_video_tokens",
		"subject", "user_id", "user_tier", "tenant_id", "largest_request_input_tokens",
	},
}

// BreakdownKeys pins the keys of each call type in token_usage_breakdown. The
// value of cost_usd is a JSON number with every digit, or null.
var BreakdownKeys = []string{
	"calls", "total_input_tokens", "total_output_tokens", "total_tokens",
	"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_use_tokens",
	"successful_calls", "failed_calls", "calls_without_usage", "partial_calls", "estimated_calls",
	"unaccounted_tokens", "cost_usd", "unpriced_calls",
}
