// SPDX-License-Identifier: Apache-2.0

// Package decode turns OTLP spans into calls: the only place of the project
// where pdata is walked. It knows which spans are LLM calls, under whatever
// names their instrumentation writes, and mends or drops what a store would
// refuse, so that one bad span never costs its batch. It knows nothing of
// prices, stores or configuration files.
//
// The main path is [Decoder.Decode]: each span is read in one pass over its
// attributes into the fields of the table in field.go, classified, and built
// into an analysis.Call or an analysis.Closed. Decoding does not change the
// spans and always gives the same result for the same spans, so that a batch
// that is delivered again counts nothing twice.
package decode
