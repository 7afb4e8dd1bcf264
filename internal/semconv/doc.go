// SPDX-License-Identifier: Apache-2.0

// Package semconv holds the names of the attributes and metrics that
// spanledger writes and reads: strings only, so that every other package may
// import it.
//
// Names under gen_ai come from the OpenTelemetry semantic conventions for
// generative AI: those of release 1.41 (the last that holds them) wherever it
// has a name, else those of the separate GenAI repository that follows it.
// Names under spanledger are our own. The vocabulary test pins each of them:
// users build dashboards on these strings, so a name may be added, but never
// changed or dropped.
package semconv
