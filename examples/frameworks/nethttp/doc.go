// SPDX-License-Identifier: Apache-2.0

// Package nethttp shows calls without any SDK, by net/http and encoding/json,
// that are measured. One line does it, in front of whatever transport a client
// has:
//
//	client := &http.Client{Transport: instrument.NewTransport(nil)}
//
// It calls an API of OpenAI's form, which many providers and gateways have, and
// Gemini's, each for a whole answer and for a stream of server-sent events.
package nethttp
