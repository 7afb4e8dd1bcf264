// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/instrument/otelsetup"
	"github.com/spanledger/spanledger/internal/cli"
	"github.com/spanledger/spanledger/internal/ledger"
)

const (
	demoSymbol = "RELIANCE"
	demoUser   = "u-7"
	// demoPause is the time between two analyses of a demo that goes on.
	demoPause = 5 * time.Second
)

// demo runs the whole way in this process: the application with its wrapped
// client, OTLP, the Collector, the ledger.
func (p *program) demo(ctx context.Context, o cli.DemoOptions) (err error) {
	if o.JSON && !o.Once {
		return &cli.UsageError{Err: errors.New("demo: --json prints one document; add --once")}
	}
	if err := loopback(o.HTTP); err != nil {
		return &cli.UsageError{Err: err}
	}
	dir, err := os.MkdirTemp("", "spanledger-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.DSN == "" {
		o.DSN = "sqlite:" + filepath.Join(dir, "demo.db")
	}
	return p.runDemo(ctx, o)
}

func (p *program) runDemo(ctx context.Context, o cli.DemoOptions) (err error) {
	application, err := startApplication(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, application.stop(ctx)) }()

	reader, closeReader, err := openReader(ctx, o.Ledger)
	if err != nil {
		return err
	}
	defer closeReader()
	if o.Once {
		return p.demoOnce(ctx, o, application, reader)
	}
	return p.demoOn(ctx, o, application, reader)
}

// demoOnce runs one analysis and prints its summary, as the ledger has it.
func (p *program) demoOnce(ctx context.Context, o cli.DemoOptions, a *application, reader ledger.Reader) error {
	id, err := a.analyze(ctx, p)
	if err != nil {
		return err
	}
	summary, err := reader.Summary(ctx, id, ledger.DefaultCallsLimit)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if o.JSON {
		return cli.WriteJSON(p.stdout, summary)
	}
	return cli.WriteSummary(p.stdout, summary)
}

// demoOn runs an analysis every few seconds and serves the ledger, until the
// context is done.
func (p *program) demoOn(ctx context.Context, o cli.DemoOptions, a *application, reader ledger.Reader) (err error) {
	site, err := startSite(ctx, o.HTTP, reader, slog.New(slog.NewTextHandler(p.stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.stop(ctx)) }()
	fmt.Fprintf(p.stderr, "Ledger at %s. An analysis runs every %s; stop with Ctrl-C.\n", site.url, demoPause)

	pause := time.NewTicker(demoPause)
	defer pause.Stop()
	for {
		id, err := a.analyze(ctx, p)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		fmt.Fprintf(p.stderr, "%s  %s/analyses/%s\n", time.Now().Format(time.TimeOnly), site.url, id)
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}

// application is the demo's service, and the Collector that it sends to.
type application struct {
	gemini    *stockanalysis.GeminiClient
	days      []market.Day
	providers *otelsetup.Providers
	line      *pipeline
	closeFake func()
}

func startApplication(ctx context.Context, o cli.DemoOptions) (*application, error) {
	days, err := market.Bundled(demoSymbol)
	if err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	line, err := startPipeline(ctx, pipelineConfig{dsn: o.DSN, schema: o.Schema, otlpGRPC: address})
	if err != nil {
		return nil, err
	}
	a := &application{days: days, line: line, closeFake: func() {}}
	if err := a.start(ctx, o, address); err != nil {
		return nil, errors.Join(err, a.stop(ctx))
	}
	return a, nil
}

// start sets up telemetry and the client of the application.
func (a *application) start(ctx context.Context, o cli.DemoOptions, address string) error {
	providers, err := otelsetup.New(ctx, otelsetup.Config{
		ServiceName: "stock-api", Endpoint: "http://" + address, Protocol: otelsetup.ProtocolGRPC,
	})
	if err != nil {
		return err
	}
	a.providers = providers
	providers.SetGlobal()
	client, closeFake, err := newGemini(ctx, o)
	if err != nil {
		return err
	}
	a.closeFake = closeFake
	core := stockanalysis.NewGeminiCore(client, stockanalysis.CoreConfig{})
	a.gemini = stockanalysis.NewGeminiClient(core, stockanalysis.ClientConfig{User: demoUser})
	return nil
}

// analyze runs one analysis and returns its id once the ledger has it: the
// pipeline answers the flush when the spans are folded.
func (a *application) analyze(ctx context.Context, p *program) (id string, err error) {
	result, err := a.gemini.AnalyzeStock(ctx, demoSymbol, a.days)
	if err != nil {
		return "", err
	}
	for _, failed := range result.FailedCalls {
		fmt.Fprintf(p.stderr, "%s did not work: %s\n", failed.CallType, failed.Error)
	}
	if err := a.providers.ForceFlush(ctx); err != nil {
		return "", fmt.Errorf("send the spans: %w", err)
	}
	return result.Metadata.AnalysisID, nil
}

func (a *application) stop(ctx context.Context) error {
	var err error
	if a.providers != nil {
		err = a.providers.Shutdown(context.WithoutCancel(ctx))
	}
	a.closeFake()
	return errors.Join(err, a.line.stop())
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}
