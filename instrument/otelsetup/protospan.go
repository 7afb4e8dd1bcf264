// SPDX-License-Identifier: Apache-2.0

package otelsetup

import tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

// protoSpan is one span of a batch, with what it stands below.
type protoSpan struct {
	resource *tracepb.ResourceSpans
	scope    *tracepb.ScopeSpans
	span     *tracepb.Span
}

// flatten returns the spans of a batch one by one.
func flatten(batch []*tracepb.ResourceSpans) []protoSpan {
	spans := make([]protoSpan, 0, countSpans(batch))
	for _, resource := range batch {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				spans = append(spans, protoSpan{resource, scope, span})
			}
		}
	}
	return spans
}

// regroup makes a batch of some spans that flatten returned, in their order.
func regroup(spans []protoSpan) []*tracepb.ResourceSpans {
	var (
		batch []*tracepb.ResourceSpans
		last  protoSpan
	)
	for _, s := range spans {
		if s.resource != last.resource {
			batch = append(batch, &tracepb.ResourceSpans{
				Resource: s.resource.GetResource(), SchemaUrl: s.resource.GetSchemaUrl(),
			})
		}
		below := batch[len(batch)-1]
		if s.resource != last.resource || s.scope != last.scope {
			below.ScopeSpans = append(below.ScopeSpans, &tracepb.ScopeSpans{
				Scope: s.scope.GetScope(), SchemaUrl: s.scope.GetSchemaUrl(),
			})
		}
		group := below.GetScopeSpans()[len(below.GetScopeSpans())-1]
		group.Spans = append(group.Spans, s.span)
		last = s
	}
	return batch
}

func countSpans(batch []*tracepb.ResourceSpans) (n int64) {
	for _, resource := range batch {
		for _, scope := range resource.GetScopeSpans() {
			n += int64(len(scope.GetSpans()))
		}
	}
	return n
}
