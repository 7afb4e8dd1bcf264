// SPDX-License-Identifier: Apache-2.0

package instrument

import "context"

type contextKey uint8

const (
	analysisKey contextKey = iota
	callTypeKey
	callKey     // a Call that Start opened
	measuredKey // what a measuredContext has
)

// ContextWithAnalysis returns a context whose calls belong to the analysis.
// [StartAnalysis] returns such a context already; use this to take an analysis
// over to a context of another origin, such as that of a background job. It
// changes nothing about when the analysis ends.
func ContextWithAnalysis(ctx context.Context, a *Analysis) context.Context {
	return context.WithValue(ctx, analysisKey, a)
}

// AnalysisFromContext returns the analysis that calls under ctx belong to, or
// nil where there is none. All methods of a nil Analysis may be called.
func AnalysisFromContext(ctx context.Context) *Analysis {
	a, _ := ctx.Value(analysisKey).(*Analysis)
	return a
}

// ContextWithCallType returns a context whose calls are of the given type. An
// empty type asks for the inferred one again.
func ContextWithCallType(ctx context.Context, callType CallType) context.Context {
	return context.WithValue(ctx, callTypeKey, callType)
}

// CallTypeFromContext returns the call type that the application named, or ""
// where it named none and the type is inferred from the request.
func CallTypeFromContext(ctx context.Context) CallType {
	callType, _ := ctx.Value(callTypeKey).(CallType)
	return callType
}

// callFromContext returns the call that Start opened, or nil.
func callFromContext(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey).(*Call)
	return call
}

// measuredContext is the context of a request that a transport measures
// already, so that transports below leave it alone.
type measuredContext struct{ context.Context }

// Value implements [context.Context].
func (c *measuredContext) Value(key any) any {
	if key == measuredKey {
		return true
	}
	return c.Context.Value(key)
}

func isMeasured(ctx context.Context) bool { return ctx.Value(measuredKey) != nil }
