// SPDX-License-Identifier: Apache-2.0

// Package content makes messages of the bodies of a call, in the structured
// form of the OpenTelemetry conventions for generative AI. It reads every
// dialect by the shape of its documents: Gemini's generateContent, embeddings
// and Interactions, OpenAI's chat completions, responses and embeddings, and
// Anthropic's messages, whole or streamed.
//
// The main path: two [Buffer] take the bodies as they pass, [Read] makes a
// [Content] of them, and [Render] writes its lists as JSON of a bounded size.
//
// It never fails: what it does not know it leaves out, and of a body that ends
// in the middle it takes what is there. The bytes of images, audio and other
// media are never part of a Content, nor are the queries of URLs, nor what a
// tool other than a function is configured with, for that may hold keys.
//
// It knows no spans, no HTTP and no options. Only who asks for content or for
// estimates runs it, so that it may take its time and its memory.
package content
