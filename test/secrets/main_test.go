// SPDX-License-Identifier: Apache-2.0

// Package secrets_test sends prompts, answers, keys, URLs and media that can be
// told from everything else by every way that the clients of providers have,
// and looks for them in all that leaves the process and in the ledger behind.
package secrets_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.uber.org/goleak"
)

// logged is what anybody wrote to a log, to the OpenTelemetry error handler or
// to the standard error.
var logged outlet

// outlet keeps what leaves by one way. It may be used from many goroutines.
type outlet struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

// Handle implements otel.ErrorHandler.
func (o *outlet) Handle(err error) { fmt.Fprintln(o, err) }

func (o *outlet) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

func TestMain(m *testing.M) {
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(stderr, err)
		os.Exit(1)
	}
	os.Stderr = w
	log.SetOutput(&logged)
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	otel.SetErrorHandler(&logged)
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(&logged, r)
	}()
	code := m.Run()
	os.Stderr = stderr
	_ = w.Close()
	<-copied
	if found := leaks(logged.String()); found != "" {
		fmt.Fprintln(stderr, "logged:", found)
		code = 1
	}
	if err := goleak.Find(
		// The earlier Gemini SDK opens a gRPC connection for caches, which its Close leaves open.
		goleak.IgnoreAnyFunction("google.golang.org/grpc.(*addrConn).resetTransportAndUnlock"),
		goleak.IgnoreAnyFunction("google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run"),
	); err != nil && code == 0 {
		fmt.Fprintln(stderr, err)
		code = 1
	}
	os.Exit(code)
}
