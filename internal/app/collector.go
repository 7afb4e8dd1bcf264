// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/spanledger/spanledger/internal/cli"
)

// collector runs a Collector with the arguments of its command line.
func (p *program) collector(ctx context.Context, args []string) error {
	cmd := otelcol.NewCommand(settings())
	cmd.SetArgs(args)
	cmd.SetOut(p.stdout)
	cmd.SetErr(p.stderr)
	cmd.SilenceErrors = true
	cmd.Use, cmd.Short = "collector", "Run an OpenTelemetry Collector with the spanledger exporter built in"
	cmd.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "spanledger collector"}
	cmd.CompletionOptions.DisableDefaultCmd = true // shells complete spanledger, not its collector
	cmd.InitDefaultHelpCmd()                       // Find does not know it otherwise
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return wrongUse(err) })
	if len(args) == 0 || (strings.HasPrefix(args[0], "-") && !slices.ContainsFunc(args, configures)) {
		return wrongUse(errors.New("missing --config FILE"))
	}
	if _, _, err := cmd.Find(args); err != nil {
		return wrongUse(oneLine(err))
	}
	err := oneLine(cmd.ExecuteContext(ctx))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; choose another endpoint in the configuration", err)
	}
	return err
}

func wrongUse(err error) error { return &cli.UsageError{Err: fmt.Errorf("collector: %w", err)} }

// configures reports whether an argument names a configuration, or asks for
// help or the version, which need none.
func configures(arg string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	return slices.Contains([]string{"config", "help", "h", "version", "v"}, name)
}

// oneLine returns the error with its text on one line: the Collector lists
// configuration errors on lines of their own.
func oneLine(err error) error {
	if err == nil || !strings.Contains(err.Error(), "\n") {
		return err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
