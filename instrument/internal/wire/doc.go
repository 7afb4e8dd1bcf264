// SPDX-License-Identifier: Apache-2.0

// Package wire reads what a provider's HTTP traffic says of a call: of the
// request its model, operation and parameters, of the response its usage,
// finish reasons and errors. It sees bytes as they pass, keeps a constant
// amount of memory, changes nothing, and never fails: what it cannot read it
// leaves unknown. It knows no spans and no metrics.
//
// The main path: [Recognize] tells which provider a request goes to; the
// [Exchange] it returns is fed the bytes of both bodies as they pass, and at
// the end answers with a [Request] and a [Response].
package wire
