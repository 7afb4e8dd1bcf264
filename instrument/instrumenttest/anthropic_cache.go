// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
)

// prefixes are the beginnings of requests that were marked to be cached. None is
// ever thrown away.
type prefixes struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
}

// prefix is a request up to one of its marks.
type prefix struct {
	digest [sha256.Size]byte
	tokens int
	long   bool // to be kept for an hour
}

// cacheUse is what a request does with the cache.
type cacheUse struct {
	read, written int
	long          bool // what it writes is kept for an hour
}

// use reads the longest known beginning of the request, and writes what goes
// beyond it up to the last mark.
func (p *prefixes) use(b *chatBody) (use cacheUse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[[sha256.Size]byte]bool{}
	}
	end := 0
	marked := b.prefixes()
	for _, m := range marked {
		if p.known[m.digest] {
			use.read = m.tokens
		}
		p.known[m.digest] = true
		end, use.long = m.tokens, m.long
	}
	use.written = end - use.read
	return use
}

// prefixes lists the marked beginnings of the request: tools come first, the
// system prompt next, the messages last.
func (b *chatBody) prefixes() []prefix {
	var found []prefix
	now := prefix{digest: sha256.Sum256([]byte(b.Model))}
	add := func(raw json.RawMessage, tokens int, mark *cacheControl) {
		now.digest = sha256.Sum256(append(now.digest[:], withoutMark(raw)...))
		now.tokens += tokens
		if mark != nil {
			now.long = mark.TTL == "1h"
			found = append(found, now)
		}
	}
	for i := range b.Tools {
		add(b.Tools[i].raw, jsonTokens(b.Tools[i].tool()["functionDeclarations"]), b.Tools[i].CacheControl)
	}
	all := append([]blocks{b.System}, contentsOf(b.Messages)...)
	for _, content := range all {
		for i := range content {
			p := content[i].part()
			add(content[i].raw, p.tokens().Total(), content[i].CacheControl)
		}
	}
	return found
}

func contentsOf(messages []chatMessage) []blocks {
	contents := make([]blocks, 0, len(messages))
	for i := range messages {
		contents = append(contents, messages[i].Content)
	}
	return contents
}

// withoutMark is a block without its mark, which may move on from request to
// request.
func withoutMark(raw json.RawMessage) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return raw
	}
	delete(members, "cache_control")
	return compact(members)
}
