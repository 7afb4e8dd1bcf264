// SPDX-License-Identifier: Apache-2.0

package exampletest

import (
	"strconv"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Span is a span as the ledger sees it, in text.
type Span struct {
	Name, Scope string
	Attributes  map[string]string
	// Texts are what stands in the span beside its attributes.
	Texts []string
}

func newSpan(s sdktrace.ReadOnlySpan) Span {
	span := Span{
		Name: s.Name(), Scope: s.InstrumentationScope().Name, Attributes: map[string]string{},
		Texts: []string{s.Name(), s.Status().Description},
	}
	for _, a := range s.Attributes() {
		span.Attributes[string(a.Key)] = a.Value.String()
	}
	for _, e := range s.Events() {
		span.Texts = append(span.Texts, e.Name)
		for _, a := range e.Attributes {
			span.Texts = append(span.Texts, a.Value.String())
		}
	}
	return span
}

// isCall tells the span of one request to a model, as the exporter does.
func (s Span) isCall() bool {
	switch s.Attributes["gen_ai.operation.name"] {
	case "chat", "generate_content":
		return true
	}
	return false
}

// Count returns an attribute that is a number, and -1 where it is none.
func (s Span) Count(name string) int {
	n, err := strconv.Atoi(s.Attributes[name])
	if err != nil {
		return -1
	}
	return n
}

// tokens reads a count as the exporter does: ours goes before the one of the
// span's owner.
func (s Span) tokens(name string) int {
	if _, ours := s.Attributes["spanledger.usage."+name]; ours {
		return s.Count("spanledger.usage." + name)
	}
	return s.Count("gen_ai.usage." + name)
}
