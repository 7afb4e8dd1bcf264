// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"math"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// reader reads one span after the other; its attributes, those of the
// resource they share, and what had to be mended in the span at hand.
type reader struct {
	mendSet
	span, resource attributes
	// leaf is whether the span's instrumentation reports each call once.
	leaf bool
	// provider is the provider's name that was read last, and what it became.
	provider struct{ name, normal string }
	// reported is whether any token count of the span is known.
	reported bool
	// reasons is where finish reasons are kept, those of many calls together.
	reasons []string
}

// analysisID returns "" where neither the span nor its resource names one.
func (r *reader) analysisID() string {
	for _, a := range [...]*attributes{&r.span, &r.resource} {
		if a.idRank == 0 {
			continue
		}
		if id := r.text(a.id); id != "" {
			return id
		}
	}
	return ""
}

// call fills in all of a zero Call but its key and analysis id.
func (r *reader) call(c *analysis.Call, span ptrace.Span, operation string) {
	c.Parent = analysis.SpanID(span.ParentSpanID())
	c.Leaf = r.leaf
	r.attribution(&c.Attribution)
	c.Type = analysis.CallType(r.name(fieldCallType))
	if c.Type == "" {
		c.Type = callType(operation)
	}
	c.Operation = operation
	c.Provider = r.normalProvider(unquote(r.name(fieldProvider)))
	c.RequestModel = unquote(r.name(fieldRequestModel))
	c.ResponseModel = r.name(fieldResponseModel)
	c.ResponseID = r.name(fieldResponseID)
	c.ServiceTier = r.serviceTier()
	c.FinishReasons = r.finishReasons()
	c.Stream = r.span.has(fieldStream) && r.flag(r.span.values[fieldStream])
	c.Attempts = r.attempts()
	c.Start, c.End = r.times(span, MaxDuration)
	c.TimeToFirstChunk = r.firstChunk(span)
	r.usage(&c.Usage)
	c.ErrorType = r.errorType(span.Status().Code())
}

// closed reads an analysis span. It returns false where the number of calls
// cannot be read.
func (r *reader) closed(c *analysis.Closed, span ptrace.Span) bool {
	calls, known := r.count(r.span.values[fieldAnalysisCalls], MaxCount).Value()
	if !known {
		return false
	}
	c.Calls = calls
	c.Input = r.total(fieldAnalysisInput)
	c.Output = r.total(fieldAnalysisOutput)
	r.attribution(&c.Attribution)
	c.Start, c.End = r.times(span, math.MaxInt64)
	return true
}

// total reads a count of an analysis span, 0 where there is none.
func (r *reader) total(f field) int64 {
	if !r.span.has(f) {
		return 0
	}
	return r.count(r.span.values[f], MaxCount).OrZero()
}

// name reads a text field of the span, "" where there is none.
func (r *reader) name(f field) string {
	if !r.span.has(f) {
		return ""
	}
	return r.text(r.span.values[f])
}

// shared reads a text field of the span, or else of its resource.
func (r *reader) shared(f field) string {
	if text := r.name(f); text != "" || !r.resource.has(f) {
		return text
	}
	return r.text(r.resource.values[f])
}

func (r *reader) attribution(a *analysis.Attribution) {
	a.Subject = r.shared(fieldSubject)
	a.UserID = r.shared(fieldUser)
	a.UserTier = r.shared(fieldUserTier)
	a.TenantID = r.shared(fieldTenant)
}

// callType infers the type of a call whose application names none.
func callType(operation string) analysis.CallType {
	if operation == semconv.OperationEmbeddings {
		return semconv.CallTypeEmbeddings
	}
	return semconv.CallTypeLLM
}

// normalProvider remembers the last answer: the calls of a service go to few
// providers.
func (r *reader) normalProvider(name string) string {
	if name != r.provider.name {
		r.provider.name, r.provider.normal = name, normalizeProvider(name)
	}
	return r.provider.normal
}

// unquote strips the quotes of a name that stands as JSON, as all that MLflow
// writes does.
func unquote(name string) string {
	if len(name) > 2 && name[0] == '"' && name[len(name)-1] == '"' {
		return name[1 : len(name)-1]
	}
	return name
}

// serviceTier returns the tier in our words; OpenAI's "default" is standard.
func (r *reader) serviceTier() string {
	tier := r.name(fieldServiceTier)
	if tier == "default" {
		return semconv.TierStandard
	}
	return tier
}

func (r *reader) attempts() int {
	if !r.span.has(fieldAttempts) {
		return 1
	}
	return int(max(1, r.count(r.span.values[fieldAttempts], MaxAttempts).OrZero()))
}

func (r *reader) firstChunk(span ptrace.Span) time.Duration {
	switch {
	case r.span.has(fieldFirstChunk):
		return r.duration(r.span.values[fieldFirstChunk], time.Second)
	case r.span.has(fieldFirstChunkMillis):
		return r.duration(r.span.values[fieldFirstChunkMillis], time.Millisecond)
	case r.span.has(fieldFirstChunkTime):
		return r.since(r.span.values[fieldFirstChunkTime], span.StartTimestamp())
	}
	return 0
}

// errorType returns "" for a call that worked: one whose status and level are
// not Error and that names no error type.
func (r *reader) errorType(status ptrace.StatusCode) string {
	name := r.name(fieldErrorType)
	switch {
	case name == "" && status != ptrace.StatusCodeError && r.span.plain(fieldLevel) != "ERROR":
		return ""
	case name == "":
		return semconv.ErrorTypeOther
	case len(name) > MaxErrorTypeBytes || strings.ContainsFunc(name, isMessageRune):
		r.add(MendErrorType)
		return semconv.ErrorTypeOther
	}
	return name
}

// isMessageRune tells the words of a message from the name of an error.
func isMessageRune(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }

// times returns the start and the end, cut to the microsecond that stores
// keep. One of them must be given.
func (r *reader) times(span ptrace.Span, longest time.Duration) (start, end time.Time) {
	from, to := instant(span.StartTimestamp()), instant(span.EndTimestamp())
	switch {
	case from == 0:
		r.add(MendTime)
		from = to
	case to < from || to-from > int64(longest):
		r.add(MendTime)
		to = from
	}
	return time.UnixMicro(from / 1000).UTC(), time.UnixMicro(to / 1000).UTC()
}

// instant returns nanoseconds since 1970, and 0 for a time that is not given
// or lies beyond 2262, where clocks do not reach.
func instant(t pcommon.Timestamp) int64 {
	if t > math.MaxInt64 {
		return 0
	}
	return int64(t)
}
