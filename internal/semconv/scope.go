// SPDX-License-Identifier: Apache-2.0

package semconv

// Scope names the library in the instrumentation scope of its spans and
// metrics: a span of this scope is one call, whatever is above or below it.
const Scope = "github.com/spanledger/spanledger/instrument"
