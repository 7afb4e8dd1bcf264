// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"github.com/spanledger/spanledger/internal/cli"
)

// serve runs the embedded default until the context is done.
func (p *program) serve(ctx context.Context, o cli.ServeOptions) (err error) {
	if o.OTLPGRPC == "" && o.OTLPHTTP == "" {
		return &cli.UsageError{Err: errors.New("serve: --otlp-grpc and --otlp-http are both empty; name one of them")}
	}
	if err := loopback(o.HTTP); err != nil {
		return &cli.UsageError{Err: err}
	}
	line, err := startPipeline(ctx, pipelineConfig{
		dsn: o.DSN, schema: o.Schema, otlpGRPC: o.OTLPGRPC, otlpHTTP: o.OTLPHTTP,
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; choose another address with --otlp-grpc and --otlp-http", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.stop()) }()

	reader, closeReader, err := openReader(ctx, o.Ledger)
	if err != nil {
		return err
	}
	defer closeReader()
	site, err := startSite(ctx, o.HTTP, reader, slog.New(slog.NewTextHandler(p.stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.stop(ctx)) }()

	fmt.Fprintf(p.stderr, "Ledger at %s. OTLP: gRPC at %s, HTTP at %s.\n",
		site.url, cmp.Or(o.OTLPGRPC, "none"), cmp.Or(o.OTLPHTTP, "none"))
	select {
	case <-ctx.Done():
		return nil
	case <-line.stopped:
		return errors.New("the collector stopped") // stop tells why
	}
}
