// SPDX-License-Identifier: Apache-2.0

// Package adk shows an agent of google.golang.org/adk whose model calls are
// measured. The model is made with an HTTP client of ours, and nothing else of
// the agent knows of it:
//
//	gemini.NewModel(ctx, name, &genai.ClientConfig{
//		HTTPClient: &http.Client{Transport: instrument.NewTransport(nil)},
//	})
//
// With a tracer provider, ADK opens spans of its own. The one of a model call
// becomes the call's; those of agents and tools are no calls.
package adk
