// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/spanledger/spanledger/instrument/internal/wire"
	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

func spanName(call *analysis.Call) string {
	if call.RequestModel == "" {
		return validText(call.Operation)
	}
	return validText(call.Operation + " " + call.RequestModel)
}

// spanNames keeps the name that was asked for last: most calls of a process
// ask for the same. It may be used from many goroutines at once.
type spanNames struct{ last atomic.Pointer[namedSpan] }

type namedSpan struct{ operation, model, name string }

func (n *spanNames) of(call *analysis.Call) string {
	if last := n.last.Load(); last != nil && last.operation == call.Operation && last.model == call.RequestModel {
		return last.name
	}
	name := spanName(call)
	n.last.Store(&namedSpan{operation: call.Operation, model: call.RequestModel, name: name})
	return name
}

// attributes is a list under construction: what is empty or unknown is left out.
type attributes []attribute.KeyValue

// text makes valid UTF-8 of what is not: protobuf refuses it, and with it all
// the spans of a batch.
func (a *attributes) text(key, value string) {
	if value != "" {
		*a = append(*a, attribute.String(key, validText(value)))
	}
}

func validText(s string) string {
	if utf8.ValidString(s) { // many times faster than to look for what is not
		return s
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

func (a *attributes) texts(key string, values []string) {
	if len(values) == 0 {
		return
	}
	valid := make([]string, len(values))
	for i := range values {
		valid[i] = validText(values[i])
	}
	*a = append(*a, attribute.StringSlice(key, valid))
}

func (a *attributes) integer(key string, value *int64) {
	if value != nil {
		*a = append(*a, attribute.Int64(key, *value))
	}
}

func (a *attributes) float(key string, value *float64) {
	if value != nil {
		*a = append(*a, attribute.Float64(key, *value))
	}
}

func (a *attributes) count(key string, count Count) {
	if n, known := count.Value(); known {
		*a = append(*a, attribute.Int64(key, n))
	}
}

// startAttributes are those that a span has from its start, for samplers.
func startAttributes(call *Call) []attribute.KeyValue {
	c := &call.record
	a := make(attributes, 0, 12)
	a.text(semconv.OperationName, c.Operation)
	a.text(semconv.ProviderName, c.Provider)
	a.text(semconv.RequestModel, c.RequestModel)
	a.server(&call.started)
	a.text(semconv.AnalysisID, c.AnalysisID)
	a.text(semconv.CallType, string(c.Type))
	a.attribution(c.Attribution)
	return a
}

// server is where a call goes; a port says nothing without its address.
func (a *attributes) server(s *CallStart) {
	if s.ServerAddress == "" {
		return
	}
	a.text(semconv.ServerAddress, s.ServerAddress)
	if s.ServerPort > 0 {
		*a = append(*a, attribute.Int(semconv.ServerPort, s.ServerPort))
	}
}

func (a *attributes) attribution(of Attribution) {
	a.text(semconv.AnalysisSubject, of.Subject)
	a.text(semconv.UserID, of.UserID)
	a.text(semconv.UserTier, of.UserTier)
	a.text(semconv.TenantID, of.TenantID)
}

// endSpan writes down how the call went and ends its span. The status has no
// description, for an error's text may hold what must not leave.
func endSpan(call *Call) {
	defer call.recorder.losses.contain()
	if call.foreign {
		call.describe(call.record.ErrorType)
		recordContent(call)
		return
	}
	c := &call.record
	defer call.span.End(trace.WithTimestamp(c.End))
	if !call.span.IsRecording() {
		return
	}
	a := make(attributes, 0, 16) // what an ordinary call has
	if call.started.Model == "" && c.RequestModel != "" {
		call.span.SetName(spanName(c)) // the request's body named it
		a.text(semconv.RequestModel, c.RequestModel)
	}
	if call.started.Type == "" {
		a.text(semconv.CallType, string(c.Type))
	}
	a.request(&call.request)
	a.response(c)
	a.usage(&c.Usage, call.recorder.conventions)
	call.span.SetAttributes(a...)
	recordContent(call)
	if !c.Succeeded() {
		call.span.SetStatus(codes.Error, "")
	}
}

func (a *attributes) request(r *wire.Request) {
	a.float(semconv.RequestTemperature, r.Temperature)
	a.float(semconv.RequestTopP, r.TopP)
	a.integer(semconv.RequestTopK, r.TopK)
	a.integer(semconv.RequestMaxTokens, r.MaxTokens)
	a.integer(semconv.RequestSeed, r.Seed)
	a.float(semconv.RequestFrequencyPenalty, r.FrequencyPenalty)
	a.float(semconv.RequestPresencePenalty, r.PresencePenalty)
	if r.ChoiceCount != nil && *r.ChoiceCount != 1 {
		a.integer(semconv.RequestChoiceCount, r.ChoiceCount)
	}
	a.texts(semconv.RequestStopSequences, r.StopSequences)
	a.text(semconv.OutputType, r.OutputType)
}

func (a *attributes) response(c *analysis.Call) {
	if c.Stream {
		*a = append(*a, attribute.Bool(semconv.RequestStream, true))
	}
	if c.TimeToFirstChunk > 0 {
		*a = append(*a, attribute.Float64(semconv.ResponseTimeToFirstChunk, c.TimeToFirstChunk.Seconds()))
	}
	a.text(semconv.ResponseID, c.ResponseID)
	a.text(semconv.ResponseModel, c.ResponseModel)
	a.finishReasons(c.FinishReasons)
	a.text(semconv.ErrorType, c.ErrorType)
	a.text(semconv.ServiceTier, c.ServiceTier)
	*a = append(*a, attribute.Int(semconv.CallAttempts, c.Attempts))
}

// stopped is what nearly every call ends with, ready made.
var stopped = attribute.StringSlice(semconv.ResponseFinishReasons, []string{"stop"})

func (a *attributes) finishReasons(reasons []string) {
	if len(reasons) == 1 && reasons[0] == "stop" {
		*a = append(*a, stopped)
		return
	}
	a.texts(semconv.ResponseFinishReasons, reasons)
}

func (a *attributes) usage(u *Usage, conventions Conventions) {
	a.text(semconv.UsageStatus, u.Status.String())
	a.count(semconv.UsageInputTokens, u.Input)
	a.count(semconv.UsageOutputTokens, u.Output)
	a.count(semconv.UsageCacheReadTokens, u.CacheRead)
	a.count(conventions.cacheWriteKey(), u.CacheWrite)
	a.count(semconv.UsageReasoningTokens, u.Reasoning)
	a.count(semconv.UsageToolUse, u.ToolUse)
	a.count(semconv.UsageLargestInput, u.LargestInput)
	a.count(semconv.UsageTotal, u.ProviderTotal)
	a.count(semconv.UsageTextInputTokens, u.InputBy.Text)
	a.count(semconv.UsageImageInputTokens, u.InputBy.Image)
	a.count(semconv.UsageAudioInputTokens, u.InputBy.Audio)
	a.count(semconv.UsageVideoInputTokens, u.InputBy.Video)
	a.count(semconv.UsageTextOutputTokens, u.OutputBy.Text)
	a.count(semconv.UsageImageOutputTokens, u.OutputBy.Image)
	a.count(semconv.UsageAudioOutputTokens, u.OutputBy.Audio)
	a.count(semconv.UsageVideoOutputTokens, u.OutputBy.Video)
}
