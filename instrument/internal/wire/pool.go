// SPDX-License-Identifier: Apache-2.0

package wire

import "sync"

// exchangeOf is an exchange of one dialect, with both its sinks in one piece of
// memory.
type exchangeOf[Q, R any] struct {
	exchange
	req  Q
	resp R
	home *pool[Q, R]
}

// Free implements Exchange.
func (x *exchangeOf[Q, R]) Free() { x.home.put(x) }

// pool keeps the memory of exchanges for those that come: an exchange is the
// largest thing that a call needs, and is needed until the response has been
// read. The zero pool is empty.
type pool[Q, R any] struct{ free sync.Pool }

// get returns an exchange that knows nothing.
func (p *pool[Q, R]) get() *exchangeOf[Q, R] {
	x, ok := p.free.Get().(*exchangeOf[Q, R])
	if !ok {
		x = new(exchangeOf[Q, R])
	}
	x.home = p
	return x
}

// put takes an exchange back, and from it all that it knows; what it gathers
// texts in stays.
func (p *pool[Q, R]) put(x *exchangeOf[Q, R]) {
	asked, answered := x.asked.text, x.answered.scanner.text
	*x = exchangeOf[Q, R]{}
	x.asked.text, x.answered.scanner.text = asked, answered
	p.free.Put(x)
}
