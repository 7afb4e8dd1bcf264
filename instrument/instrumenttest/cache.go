// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"sync"
	"time"
)

// defaultTTL is how long a cached content says that it lives. None is ever
// thrown away.
const defaultTTL = time.Hour

// caches are the cached contents that were created here.
type caches struct {
	fixed map[string]int // of WithCachedContent; never changes

	mu      sync.Mutex
	created map[string]cache
}

type cache struct {
	tokens   Modalities
	document wireCache
}

type wireCache struct {
	Name          string     `json:"name"`
	DisplayName   string     `json:"displayName"`
	Model         string     `json:"model"`
	CreateTime    string     `json:"createTime"`
	UpdateTime    string     `json:"updateTime"`
	ExpireTime    string     `json:"expireTime"`
	UsageMetadata *wireUsage `json:"usageMetadata"`
}

// tokens counts the cached content of this name; none when it is empty.
func (s *caches) tokens(name string) Modalities {
	if name == "" {
		return Modalities{}
	}
	if n, ok := s.fixed[name]; ok {
		return Modalities{Text: n}
	}
	if c, ok := s.get(name); ok {
		return c.tokens
	}
	return Modalities{Text: DefaultCachedTokens}
}

func (s *caches) get(name string) (cache, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.created[name]
	return c, ok
}

func (s *caches) put(c cache) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.created == nil {
		s.created = map[string]cache{}
	}
	s.created[c.document.Name] = c
}

func (s *caches) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.created, name)
}

// cachedContent answers the methods of cached contents. Their usage is stored
// tokens, not consumed ones, so the exchange reports none.
func (c *call) cachedContent() {
	if c.req.Kind == KindCreateCache {
		created := c.newCache(time.Now())
		c.gemini.caches.put(created)
		c.reply(created.document, nil)
		return
	}
	found, ok := c.gemini.caches.get(c.route.name)
	switch {
	case !ok:
		c.fail(newAPIError(http.StatusForbidden, "The cached content is not found, or is not yours."))
	case c.req.Kind == KindDeleteCache:
		c.gemini.caches.drop(c.route.name)
		c.reply(struct{}{}, nil)
	default:
		c.reply(found.document, nil)
	}
}

func (c *call) newCache(now time.Time) cache {
	ttl, err := time.ParseDuration(c.req.parsed.TTL)
	if err != nil {
		ttl = defaultTTL
	}
	tokens := c.req.prompt()
	created := now.UTC().Format(time.RFC3339Nano)
	return cache{tokens, wireCache{
		Name:          c.route.name + c.gemini.ids.next(&c.req),
		DisplayName:   c.req.parsed.DisplayName,
		Model:         c.req.parsed.Model,
		CreateTime:    created,
		UpdateTime:    created,
		ExpireTime:    now.Add(ttl).UTC().Format(time.RFC3339Nano),
		UsageMetadata: &wireUsage{TotalTokenCount: tokens.Total()},
	}}
}
