// SPDX-License-Identifier: Apache-2.0

// Package api serves the ledger as JSON over HTTP. It reads the ledger
// through its Reader and keeps no state. Errors are problem documents (RFC
// 9457) whose text names the parameter and the remedy, never the store's
// inner workings.
package api
