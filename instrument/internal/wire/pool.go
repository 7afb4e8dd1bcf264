// SPDX-License-Identifier: Apache-2.0

package wire

import "sync"

// pool keeps the memory of exchanges for those that come: an exchange is the
// largest thing that a call needs, and is needed until the response has been
// read. The zero pool is empty.
type pool[T any] struct{ free sync.Pool }

// get returns an exchange that knows nothing.
func (p *pool[T]) get() *T {
	if x, ok := p.free.Get().(*T); ok {
		return x
	}
	return new(T)
}

// put takes an exchange back, and from it all that it knows; what it gathers
// texts in stays.
func (p *pool[T]) put(x *T, of *exchange) {
	asked, answered := of.asked.text, of.answered.scanner.text
	var nothing T
	*x = nothing
	of.asked.text, of.answered.scanner.text = asked, answered
	p.free.Put(x)
}
