// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Ports below those that kernels hand out by themselves, so that no connection
// and no listener on port 0 takes one before its process does.
const (
	firstPort = 15_000
	lastPort  = 30_000
)

var ports = struct {
	sync.Mutex

	taken map[int]bool
}{taken: map[int]bool{}}

// freeAddress returns an address of this machine that nothing listens on, and
// never returns it again.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		if address, ok := tryPort(t, firstPort+rand.IntN(lastPort-firstPort)); ok {
			return address
		}
	}
	require.FailNow(t, "no port is free")
	return ""
}

func tryPort(t *testing.T, port int) (address string, ok bool) {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.taken[port] {
		return "", false
	}
	ports.taken[port] = true
	address = fmt.Sprintf("127.0.0.1:%d", port)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", false
	}
	return address, listener.Close() == nil
}
