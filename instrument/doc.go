// SPDX-License-Identifier: Apache-2.0

// Package instrument measures the calls that a Go service makes to language
// models: what each of them used, what it cost, whether it worked, and which
// piece of the application's work it belongs to. It emits OpenTelemetry spans
// and metrics through the OpenTelemetry API, and keeps a running [Summary] of
// every analysis in the process. It needs no SDK of either kind: without an
// OpenTelemetry SDK the summaries still work, and the providers' clients are
// hooked by packages beside this one.
//
// The main path: hook the client once, then name the work.
//
//	err := gemini.Instrument(client)
//
//	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123", instrument.WithSubject("RELIANCE"))
//	defer analysis.End()
//	resp, err := client.Models.GenerateContent(ctx, model, contents, nil)
//	fmt.Println(analysis.Summary())
//
// An [Analysis] is the unit of work that the application names. A [Call] is
// one logical request to a provider, its retries and its whole stream included,
// and is one span. A [CallType] names the step of the application that a call is.
//
// # What a hooked client may count on
//
// Results, errors and streams are those of the bare client, byte for byte.
// Bodies are read as they pass and are not held. Telemetry that fails is
// counted in the metric spanledger.instrument.lost and never reaches the
// caller. Nothing that leaves holds a prompt, an answer, a key, a query of a
// URL, or the text of an error.
//
// Two options change that: [WithContent] has prompts and answers recorded,
// through a hook that takes out what must not be, and [WithEstimator] has the
// usage estimated that a provider does not report. Both hold the beginning of
// the bodies until the call ends.
package instrument
