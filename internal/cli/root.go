// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"
)

func newRoot(p *Program) *cobra.Command {
	root := &cobra.Command{
		Use:           "spanledger",
		Short:         "Tokens and cost of every LLM call, per analysis, counted exactly once.",
		Version:       p.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          exactArgs(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newDemo(p), newServe(p), newCollector(p),
		newList(p), newSummary(p), newCalls(p), newReconcile(p), newMigrate(p), newPrune(p),
	)
	root.SetHelpCommand(newHelp())
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			checkCompletion(cmd)
		}
	}
	return root
}

// newHelp is cobra's own help command, except that a topic that does not
// exist is wrong use.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Print how a command is used",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args[len(args)-1])
			}
			topic.InitDefaultHelpFlag()
			topic.InitDefaultVersionFlag()
			return topic.Help()
		},
	}
}

// checkCompletion makes a missing or an unknown shell wrong use, where cobra
// prints help.
func checkCompletion(completion *cobra.Command) {
	completion.Args = exactArgs("the shell")
	completion.RunE = func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args[0]) }
	for _, shell := range completion.Commands() {
		shell.Args = exactArgs()
	}
}
