// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// cutAtCommit returns a DSN that leads through a proxy. Of the first n
// transactions, the proxy keeps the server's word that it committed, and
// closes the connection. The function returned tells how many it kept.
func cutAtCommit(t *testing.T, dsn string, n int) (proxied string, lost func() int) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	network, address := pgxNetwork(config)
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{left: n, connect: func() (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(t.Context(), network, address)
	}}
	var wg sync.WaitGroup
	wg.Go(func() { p.serve(listener, &wg) })
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		wg.Wait()
	})
	port := listener.Addr().(*net.TCPAddr).Port
	query := url.Values{"search_path": {config.RuntimeParams["search_path"]}, "sslmode": {"disable"}}
	proxied = fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?%s",
		url.UserPassword(config.User, config.Password), port, config.Database, query.Encode())
	return proxied, func() int { p.mu.Lock(); defer p.mu.Unlock(); return n - p.left }
}

func pgxNetwork(config *pgx.ConnConfig) (network, address string) {
	if filepath.IsAbs(config.Host) {
		return "unix", filepath.Join(config.Host, fmt.Sprintf(".s.PGSQL.%d", config.Port))
	}
	return "tcp", net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

type proxy struct {
	connect func() (net.Conn, error)

	mu   sync.Mutex
	left int
}

func (p *proxy) serve(listener net.Listener, wg *sync.WaitGroup) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := p.connect()
		if err != nil {
			client.Close()
			continue
		}
		wg.Go(func() {
			_, _ = io.Copy(server, client)
			server.Close()
		})
		wg.Go(func() {
			p.answer(client, server)
			client.Close()
			server.Close()
		})
	}
}

func (p *proxy) answer(client io.Writer, server io.Reader) {
	buffer := make([]byte, 64*1024)
	for {
		n, err := server.Read(buffer)
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && p.cut() {
			return
		}
		if _, failed := client.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

func (p *proxy) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == 0 {
		return false
	}
	p.left--
	return true
}
