// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"strings"
)

// field names what a path leads to; each sink has its own.
type field uint8

// noField is the field of containers that no sink asks for.
const noField field = 0

// path leads from the root of a document to a value of interest, such as
// "candidates[].finishReason". "[]" marks a list, "{}" at the end an object
// of which only the presence matters, "~" at the end a string of which the
// first maxText bytes are kept: any other that is longer is dropped. What
// further paths take for an object may be such a string too.
type path struct {
	way   string
	field field
}

// node is one step of compiled paths: an object's key and what lies below.
type node struct {
	key      string
	field    field
	list     bool
	object   bool
	cut      bool
	children []*node
	index    index // of the children
	first    *node // child
	sibling  *node // the next child of the same node
}

// compile builds the tree of the paths. The root has the field given.
func compile(root field, paths ...path) *node {
	top := &node{field: root, list: true, object: true}
	for _, p := range paths {
		at := top
		for step := range strings.SplitSeq(p.way, ".") {
			at.object = true
			at = at.step(step)
		}
		at.field = p.field
	}
	top.prepare()
	return top
}

// step returns the child that a step such as "key", "key[]", "key{}" or "key~"
// names, and adds it where it is new.
func (n *node) step(step string) *node {
	key, cut := strings.CutSuffix(step, "~")
	key, object := strings.CutSuffix(key, "{}")
	key, list := strings.CutSuffix(key, "[]")
	child := n.child([]byte(key))
	if child == nil {
		child = &node{key: key, list: list, object: object, cut: cut}
		n.children = append(n.children, child)
	}
	return child
}

// prepare indexes the tree.
func (n *node) prepare() {
	n.index = newIndex(n.children)
	for i, child := range n.children {
		if i == 0 {
			n.first = child
		} else {
			n.children[i-1].sibling = child
		}
		child.prepare()
	}
}

// child returns the child for a key, or nil. Where no child has exactly that
// key, its lower camel case counts: protobuf's JSON takes both spellings.
func (n *node) child(key []byte) *node {
	if c := n.exact(key); c != nil {
		return c
	}
	return n.camel(key)
}

// exact returns the child that has exactly that key, or nil.
func (n *node) exact(key []byte) *node {
	if n.index.slots != nil {
		c := n.index.slots[n.index.slot(key)]
		if c != nil && c.key == string(key) {
			return c
		}
		return nil
	}
	for _, c := range n.children {
		if c.key == string(key) {
			return c
		}
	}
	return nil
}

// camel returns the child whose key is spelt in snake case, or nil.
func (n *node) camel(key []byte) *node {
	if bytes.IndexByte(key, '_') < 0 {
		return nil
	}
	for _, c := range n.children {
		if equalCamel(c.key, key) {
			return c
		}
	}
	return nil
}

// equalCamel reports whether snake, such as "top_p", spells camel, "topP".
func equalCamel(camel string, snake []byte) bool {
	if len(snake) <= len(camel) {
		return false
	}
	i, upper := 0, false
	for _, c := range snake {
		if c == '_' {
			if upper {
				return false
			}
			upper = true
			continue
		}
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper = false
		if i >= len(camel) || camel[i] != c {
			return false
		}
		i++
	}
	return i == len(camel) && !upper
}
