// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// callsFlags are the flags of calls.
type callsFlags struct {
	readFlags

	limit int
}

func newCalls(p *Program) *cobra.Command {
	var f callsFlags
	cmd := &cobra.Command{
		Use:   "calls ID",
		Short: "List the calls of one analysis in order of start",
		Args:  exactArgs("the analysis ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLimit(cmd, f.limit); err != nil {
				return err
			}
			return f.read(cmd.Context(), p, func(r ledger.Reader) error {
				return f.list(cmd.Context(), p, r, args[0])
			})
		},
	}
	f.add(cmd, p)
	cmd.Flags().IntVar(&f.limit, "limit", ledger.DefaultCallsLimit, "list at most `N` calls")
	return cmd
}

func (f *callsFlags) list(ctx context.Context, p *Program, r ledger.Reader, id string) error {
	summary, err := r.Summary(ctx, id, 0)
	if err != nil {
		return notFound(err, id)
	}
	calls, err := r.Calls(ctx, ledger.CallsQuery{AnalysisID: id, Limit: f.limit})
	if err != nil {
		return err
	}
	switch {
	case f.json:
		err = WriteJSON(p.Stdout, struct {
			AnalysisID string          `json:"analysis_id"`
			Calls      []analysis.Call `json:"calls"`
		}{summary.AnalysisID, append([]analysis.Call{}, calls...)})
	case len(calls) > 0:
		err = writeCalls(p.Stdout, p.Zone, calls)
	}
	switch left := summary.Calls - int64(len(calls)); {
	case summary.Calls == 0:
		fmt.Fprintln(p.Stderr, "The ledger has no call of this analysis.")
	case left > 0:
		fmt.Fprintf(p.Stderr, "Not listed: %s of %s calls, beyond --limit or no longer kept.\n",
			analysis.Known(left), analysis.Known(summary.Calls))
	}
	return err
}
