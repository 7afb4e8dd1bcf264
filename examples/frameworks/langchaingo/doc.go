// SPDX-License-Identifier: Apache-2.0

// Package langchaingo shows a chain of github.com/tmc/langchaingo whose calls
// are measured. The clients are made with an HTTP client of ours, and nothing
// else of the chain knows of it:
//
//	openai.WithHTTPClient(&http.Client{Transport: instrument.NewTransport(httputil.DefaultTransport)})
package langchaingo
