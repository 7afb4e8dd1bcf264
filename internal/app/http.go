// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/spanledger/spanledger/internal/api"
	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/web"
)

// site serves the API and the pages of one ledger.
type site struct {
	server *http.Server
	url    string
	done   chan error
}

// startSite listens on the address, which must be a loopback one, and serves.
func startSite(ctx context.Context, address string, reader ledger.Reader, log *slog.Logger) (*site, error) {
	if err := loopback(address); err != nil {
		return nil, err
	}
	pages, err := web.NewHandler(reader, log)
	if err != nil {
		return nil, fmt.Errorf("load pages: %w", err)
	}
	mux := http.NewServeMux()
	json := api.NewHandler(reader, log)
	mux.Handle("/api/", json)
	mux.Handle("/healthz", json)
	mux.Handle("/", pages)

	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve HTTP: %w; choose another address with --http", err)
	}
	s := &site{
		server: &http.Server{Handler: sameHost(mux), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute},
		url:    "http://" + listener.Addr().String(),
		done:   make(chan error, 1),
	}
	go func() { s.done <- s.server.Serve(listener) }()
	return s, nil
}

// stop waits for the answers under way, for five seconds at most.
func (s *site) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// loopback refuses addresses that other machines reach: the ledger is served
// without a password.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--http %q: want HOST:PORT, such as 127.0.0.1:8318", address)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("--http %q: only loopback addresses are served, such as 127.0.0.1:8318", address)
	}
	return nil
}

// sameHost refuses requests that name another host, so that no page of
// another site can read the ledger through a name that it points here.
func sameHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "this ledger answers on loopback addresses only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
