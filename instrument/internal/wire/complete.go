// SPDX-License-Identifier: Apache-2.0

package wire

// Complete implements [Exchange]: a JSON document or array has been closed.
// Server-sent events never say that they end.
func (x *exchange) Complete() bool { return x.answered.closed() }
