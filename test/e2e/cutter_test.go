// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// cutter passes TCP connections on to the socket of a Postgres, and cuts them
// when it is told to.
type cutter struct {
	network, address string
	listener         net.Listener
	wait             sync.WaitGroup

	mu      sync.Mutex
	away    bool
	deaf    int // commits whose answer is kept back
	lost    int // commits whose answer was kept back
	clients map[net.Conn]net.Conn
}

// newCutter returns one before the server of the DSN, and the DSN that leads
// through it, with a password in it.
func newCutter(t *testing.T, dsn string) (c *cutter, through string) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	c = &cutter{clients: map[net.Conn]net.Conn{}, network: "unix"}
	c.address = filepath.Join(config.Host, ".s.PGSQL.5432")
	c.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c.wait.Go(c.serve)
	t.Cleanup(func() {
		require.NoError(t, c.listener.Close())
		c.goAway(true)
		c.wait.Wait()
	})
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(config.User, password), Host: c.listener.Addr().String(),
		Path: "/" + config.Database, RawQuery: "sslmode=disable",
	}
	return c, u.String()
}

func (c *cutter) serve() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		if !c.join(client) {
			client.Close()
		}
	}
}

// join connects a client to the server, which may be away.
func (c *cutter) join(client net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return false
	}
	server, err := net.Dial(c.network, c.address)
	if err != nil {
		return false
	}
	c.clients[client] = server
	c.wait.Go(func() {
		_, _ = io.Copy(server, client)
		c.part(client)
	})
	c.wait.Go(func() {
		_ = c.answer(client, server)
		c.part(client)
	})
	return true
}

func (c *cutter) part(client net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if server, ok := c.clients[client]; ok {
		client.Close()
		server.Close()
		delete(c.clients, client)
	}
}

var errLost = errors.New("the answer is lost")

func (c *cutter) answer(client io.Writer, server io.Reader) error {
	buffer := make([]byte, 64*1024)
	for {
		n, err := server.Read(buffer)
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && c.lose() {
			return errLost
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
}

func (c *cutter) lose() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf == 0 {
		return false
	}
	c.deaf--
	c.lost++
	return true
}

// loseCommit has the next transaction be committed, and its client not be told.
func (c *cutter) loseCommit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = 1
}

// commitsLost returns how often that came about.
func (c *cutter) commitsLost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// cut closes about every other connection.
func (c *cutter) cut(rng *rand.Rand) (cuts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for client, server := range c.clients {
		if rng.IntN(2) == 0 {
			client.Close()
			server.Close()
			cuts++
		}
	}
	return cuts
}

// goAway closes all connections and takes no new ones, until it comes back.
func (c *cutter) goAway(away bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = away
	for client, server := range c.clients {
		client.Close()
		server.Close()
	}
}
