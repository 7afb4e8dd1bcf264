// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spanledger/spanledger/instrument/internal/content"
	"github.com/spanledger/spanledger/internal/semconv"
)

// Content is what was said in one call, as it is recorded where [WithContent]
// asks for it.
//
//	type Content struct {
//		System []Part    // instructions apart from the messages
//		Input  []Message // of the request, oldest first
//		Output []Message // of the answer, one per choice
//		Tools  []Tool    // that the request offers
//	}
//
// Its method Map changes all texts in it.
type Content = content.Content

// Message is what one side said in a [Content]: Role, Name, Parts and, of an
// answer, FinishReason.
type Message = content.Message

// Part is a piece of a [Message]: a text, a tool's call with its Arguments, a
// tool's answer with its Response, or media, of which only the type and the
// size are here.
type Part = content.Part

// Tool is what a request offers the model to call: Type, Name, Description and
// Parameters.
type Tool = content.Tool

// The types of a [Part], as the conventions name them.
const (
	PartText               = content.TypeText
	PartReasoning          = content.TypeReasoning
	PartToolCall           = content.TypeToolCall
	PartToolResponse       = content.TypeToolResponse
	PartServerToolCall     = content.TypeServerToolCall
	PartServerToolResponse = content.TypeServerToolResponse
	PartBlob               = content.TypeBlob
	PartURI                = content.TypeURI
	PartFile               = content.TypeFile
)

// ContentConfig says what is recorded of the content of calls. The zero value
// records all of it, up to the default limits.
type ContentConfig struct {
	// Redact returns what may be recorded of a call, or false where nothing
	// may. It runs once per call, when the call ends and before any limit
	// applies, in the goroutine that ends the call: it should be quick, and
	// may run in many goroutines at once. It owns the Content that it is given
	// and may change it. The context is that of the call, so that
	// [AnalysisFromContext] and [CallTypeFromContext] tell what it belongs to.
	//
	// Where it panics nothing of the call's content is recorded, and the
	// metric spanledger.instrument.lost counts it. Defaults to recording all.
	// [RedactText] makes one of a function of strings.
	Redact func(ctx context.Context, said Content) (Content, bool)
	// AttributeLimit is the most bytes that an attribute may have. A longer
	// one has its texts shortened, and the attribute spanledger.content.cut
	// names it. Defaults to 65,536; the least is 256.
	AttributeLimit int
	// BodyLimit is the most bytes that are kept of the body of a request, and
	// of that of its response, until the call ends; media in base64 count
	// little. Defaults to 1,048,576.
	BodyLimit int
}

// WithContent has the content of calls recorded in their spans, as the
// attributes gen_ai.system_instructions, gen_ai.input.messages,
// gen_ai.output.messages and gen_ai.tool.definitions: what users wrote and
// what models answered. It is off by default, and then no body is ever kept.
//
// The bytes of images, audio and other media are never recorded, nor headers,
// nor the queries of URLs that lead to media. What is in a text is recorded as
// it is, so that Redact is the place to take keys and names out.
//
// The options of a transport decide for the requests that go through it, those
// of [Start] for the Content of a [CallResult]. Of a call that takes several
// requests the last one is recorded. Bodies in an
// encoding, such as gzip, that the client undoes itself are not read.
//
// Without this option, and without [WithoutContent], the environment variable
// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT decides, when the option's
// taker is called: true, span_only and span_and_event, in upper or lower case,
// are WithContent(ContentConfig{}); anything else is off.
func WithContent(config ContentConfig) Option {
	return callOption(func(c *callConfig) { c.bodies.content = &config })
}

// WithoutContent has no content recorded, whatever the environment says. It is
// the default where the environment says nothing.
func WithoutContent() Option {
	return callOption(func(c *callConfig) { c.bodies.content = nil })
}

// RedactText returns a Redact that changes every text by edit: those of
// messages and instructions, and all strings in arguments, responses and
// parameters of tools.
func RedactText(edit func(string) string) func(context.Context, Content) (Content, bool) {
	return func(_ context.Context, said Content) (Content, bool) { return said.Map(edit), true }
}

// captureVariable is what every instrumentation of this kind is asked by.
const captureVariable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

// contentFromEnvironment returns what the environment asks for.
func contentFromEnvironment() *ContentConfig {
	switch strings.ToLower(strings.TrimSpace(os.Getenv(captureVariable))) {
	case "true", "span_only", "span_and_event":
		return &ContentConfig{}
	}
	return nil
}

const (
	defaultAttributeLimit = 64 << 10
	defaultBodyLimit      = 1 << 20
)

func (c *ContentConfig) attributeLimit() int {
	if c.AttributeLimit > 0 {
		return c.AttributeLimit
	}
	return defaultAttributeLimit
}

func (c *ContentConfig) bodyLimit() int {
	if c != nil && c.BodyLimit > 0 {
		return c.BodyLimit
	}
	return defaultBodyLimit
}

// said is the content of a call, and who may see it.
type said struct {
	Content
	cut    content.Cut
	config *ContentConfig
}

// recordContent writes down what was said in a call that has ended, as far as
// it may be. Whatever goes wrong with that, nothing of it is recorded.
func recordContent(call *Call) {
	if call.said == nil {
		return
	}
	var found attributes
	done := false
	defer func() {
		if recover() != nil || !done {
			call.recorder.losses.count(lossContent)
		}
	}()
	found, done = call.said.attributes(call.ctx)
	call.span.SetAttributes(found...)
}

// attributes returns what may be recorded, and false where it cannot be
// encoded.
func (s *said) attributes(ctx context.Context) (attributes, bool) {
	stored := s.Content
	if s.config.Redact != nil {
		var ok bool
		if stored, ok = s.config.Redact(ctx, stored); !ok {
			return nil, true
		}
	}
	w := contentWriter{limit: s.config.attributeLimit(), cutBody: s.cut}
	write(&w, semconv.SystemInstructions, stored.System)
	write(&w, semconv.InputMessages, stored.Input)
	write(&w, semconv.OutputMessages, stored.Output)
	write(&w, semconv.ToolDefinitions, stored.Tools)
	w.found.texts(semconv.ContentCut, w.cut)
	return w.found, w.err == nil
}

// contentWriter renders the attributes of a call's content.
type contentWriter struct {
	limit   int
	cutBody content.Cut
	found   attributes
	cut     []string
	err     error
}

func write[E content.Element](w *contentWriter, name string, elements []E) {
	if len(elements) == 0 {
		return
	}
	rendered, cut, err := content.Render(elements, w.limit)
	if err != nil {
		w.found, w.cut, w.err = nil, nil, err
	}
	if w.err != nil {
		return
	}
	w.found = append(w.found, attribute.String(name, rendered))
	if cut || (name == semconv.OutputMessages && w.cutBody.Response) ||
		(name != semconv.OutputMessages && w.cutBody.Request) {
		w.cut = append(w.cut, name)
	}
}
