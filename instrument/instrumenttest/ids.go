// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"sync"
)

// ids names responses. The n-th answer to a request has the same id in every
// run, and no two answers of one run share one.
type ids struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]int
}

func (s *ids) next(req *Request) string {
	digest := sha256.Sum256(append([]byte(req.Path+"\n"), req.Body...))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[[sha256.Size]byte]int{}
	}
	s.seen[digest]++
	id := sha256.Sum256(strconv.AppendInt(digest[:], int64(s.seen[digest]), 10))
	return base64.RawURLEncoding.EncodeToString(id[:17])
}
