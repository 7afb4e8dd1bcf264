// SPDX-License-Identifier: Apache-2.0

// Package web serves pages on which a person reads the ledger: the list of
// analyses and one analysis. It reads the ledger through its Reader. Pages are
// plain HTML, made on the server, with no script and nothing from another
// host.
package web
