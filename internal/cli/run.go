// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/analysis"
)

// Exit codes of the command.
const (
	ExitDone     = 0
	ExitNo       = 1
	ExitWrongUse = 2
)

// Run runs the command that the arguments name and returns its exit code. An
// error is one line on the program's Stderr, wrong use one more that says
// where to read on. What cannot be written to Stdout is an error.
func Run(ctx context.Context, p *Program, args []string) int {
	program := p.withDefaults()
	stdout := &output{w: program.Stdout}
	program.Stdout = stdout

	root := newRoot(&program)                 //nolint:contextcheck // cobra hands ctx to the commands
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for the arguments of the process
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = stdout.err
	}
	if err == nil {
		return ExitDone
	}
	fmt.Fprintln(program.Stderr, "spanledger:", oneLine(err))
	if _, wrong := errors.AsType[*UsageError](err); wrong {
		fmt.Fprintln(program.Stderr, hint(cmd))
		return ExitWrongUse
	}
	return ExitNo
}

// oneLine returns the text of an error as one line that cannot move the
// cursor.
func oneLine(err error) string {
	return analysis.Printable(strings.Join(strings.Fields(err.Error()), " "))
}

func hint(cmd *cobra.Command) string {
	return fmt.Sprintf("Run '%s --help' for how it is used.", strings.TrimSuffix(cmd.CommandPath(), " help"))
}
