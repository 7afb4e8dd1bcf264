// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newDemo(p *Program) *cobra.Command {
	var o DemoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole way in one process, with nothing to install",
		Long: `Run the whole way in one process: a local stand-in for Gemini, a stock analysis
whose Gemini client is wrapped, OTLP, a Collector with the spanledger exporter,
the ledger, and the summary read back from the ledger.

With --once it prints the summary of one analysis and exits. Without, it runs
an analysis every few seconds and serves the ledger over HTTP until stopped.`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.Demo(cmd.Context(), o) },
	}
	addLedger(cmd, p, &o.Ledger)
	o.DSN = "" // the demo keeps its ledger to itself unless asked otherwise
	flags := cmd.Flags()
	flags.Lookup("dsn").Usage = "keep the ledger here: postgres://… or sqlite:PATH (default a temporary file)"
	flags.BoolVar(&o.Once, "once", false, "run one analysis, print its summary and exit")
	flags.BoolVar(&o.JSON, "json", false, "print the summary as JSON")
	flags.BoolVar(&o.Real, "real", false, "call Gemini itself, with the key in $GEMINI_API_KEY")
	flags.StringVar(&o.HTTP, "http", "127.0.0.1:8318", "serve the ledger over HTTP at this `ADDR`")
	return cmd
}

func newServe(p *Program) *cobra.Command {
	var o ServeOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take spans over OTLP, keep the ledger and serve it, in one process",
		Args:  exactArgs(),
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.Serve(cmd.Context(), o) },
	}
	addLedger(cmd, p, &o.Ledger)
	flags := cmd.Flags()
	flags.StringVar(&o.HTTP, "http", "127.0.0.1:8318", "serve the ledger over HTTP at this `ADDR`")
	flags.StringVar(&o.OTLPGRPC, "otlp-grpc", "127.0.0.1:4317", "take OTLP over gRPC at this `ADDR`, empty for nowhere")
	flags.StringVar(&o.OTLPHTTP, "otlp-http", "127.0.0.1:4318", "take OTLP over HTTP at this `ADDR`, empty for nowhere")
	return cmd
}

func newCollector(p *Program) *cobra.Command {
	return &cobra.Command{
		Use:   "collector --config FILE",
		Short: "Run an OpenTelemetry Collector with the spanledger exporter built in",
		Long: `Run an OpenTelemetry Collector with the spanledger exporter built in. It takes
the arguments of any Collector: --config, --set, --feature-gates, and the
commands validate and components.`,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.Collector(cmd.Context(), args)
		},
	}
}

func newMigrate(p *Program) *cobra.Command {
	var l Ledger
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create the ledger's schema, or bring it up to date",
		Args:  exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.Migrate(cmd.Context(), l); err != nil {
				return err
			}
			fmt.Fprintln(p.Stderr, "The ledger's schema is up to date.")
			return nil
		},
	}
	addLedger(cmd, p, &l)
	return cmd
}
