// SPDX-License-Identifier: Apache-2.0

package wire

// index finds a node by its key with one look into a table that has at most
// one node for each hash. The zero index finds nothing.
type index struct {
	slots  []*node
	factor uint32
	shift  uint8
}

const (
	maxFactors  = 1000 // tried before a larger table
	maxSlotBits = 8
)

// newIndex returns the index of nodes, the zero index where there are none or
// where two of their keys are too much alike.
func newIndex(nodes []*node) index {
	if len(nodes) == 0 {
		return index{}
	}
	for size := uint8(1); size <= maxSlotBits; size++ {
		for n := range uint32(maxFactors) {
			x := index{make([]*node, 1<<size), 2654435761 + 2*n, 32 - size}
			if x.fill(nodes) {
				return x
			}
		}
	}
	return index{}
}

// fill puts in the nodes, and reports false where two want the same slot.
func (x *index) fill(nodes []*node) bool {
	for _, n := range nodes {
		slot := x.slot([]byte(n.key))
		if x.slots[slot] != nil {
			return false
		}
		x.slots[slot] = n
	}
	return true
}

// slot hashes a key by its length and three of its bytes.
func (x *index) slot(key []byte) uint32 {
	n := len(key)
	if n == 0 {
		return 0
	}
	h := uint32(n&0xff) | uint32(key[0])<<8 | uint32(key[n/2])<<16 | uint32(key[n-1])<<24
	return h * x.factor >> x.shift
}
