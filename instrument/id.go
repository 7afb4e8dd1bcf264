// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// newID returns a UUID of version 7 (RFC 9562, section 5.7): the time in
// milliseconds, then chance. Ids sort by the time at which they were made.
func newID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // never fails
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f

	text := make([]byte, 0, 36)
	for i, n := range []int{4, 2, 2, 2, 6} {
		if i > 0 {
			text = append(text, '-')
		}
		start := []int{0, 4, 6, 8, 10}[i]
		text = hex.AppendEncode(text, id[start:start+n])
	}
	return string(text)
}
