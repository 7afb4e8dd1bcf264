// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// reconcileFlags are the flags of reconcile.
type reconcileFlags struct {
	readFlags

	limit int
}

func newReconcile(p *Program) *cobra.Command {
	var f reconcileFlags
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Prove that the sums of the ledger are those of its calls",
		Long: `Prove that the sums of the ledger are those of its calls: add up every call that
the ledger has, and compare with every summary. The exit code is 1 where
anything differs, and every difference is listed.

Calls past the retention are gone. The sums of their analyses cannot be added up
again, and are checked from below: they must not be less than those of the calls
that are left.`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkLimit(cmd, f.limit); err != nil {
				return err
			}
			return f.run(cmd.Context(), p)
		},
	}
	f.add(cmd, p)
	cmd.Flags().IntVar(&f.limit, "limit", ledger.DefaultDifferenceLimit, "list at most `N` differences")
	return cmd
}

func (f *reconcileFlags) run(ctx context.Context, p *Program) error {
	keeper, closeKeeper, err := p.OpenKeeper(ctx, f.Ledger)
	if err != nil {
		return err
	}
	defer closeKeeper()
	query := ledger.ReconcileQuery{Limit: f.limit}
	if p.Interactive {
		query.Progress = func(analyses, calls int64) {
			fmt.Fprintf(p.Stderr, "\r%s analyses, %s calls ", analysis.Known(analyses), analysis.Known(calls))
		}
	}
	found, err := keeper.Reconcile(ctx, query)
	if p.Interactive {
		fmt.Fprint(p.Stderr, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	return f.show(p, &found)
}

// show prints what was found. Differences are an error: the answer is no.
func (f *reconcileFlags) show(p *Program, found *ledger.Reconciliation) (err error) {
	switch {
	case f.json:
		err = WriteJSON(p.Stdout, found)
	case found.Agrees():
		_, err = fmt.Fprintf(p.Stdout, "%s: %s.\n",
			count(found.Analyses, "analysis agrees", "analyses agree"), count(found.Calls, "call", "calls"))
	default:
		err = writeDifferences(p, found.Differences)
	}
	if found.PastRetention > 0 && !f.json {
		fmt.Fprintf(p.Stderr, "%s back behind the retention: checked from below.\n",
			count(found.PastRetention, "analysis reaches", "analyses reach"))
	}
	if err != nil || found.Agrees() {
		return err
	}
	if left := found.Found - int64(len(found.Differences)); left > 0 {
		fmt.Fprintf(p.Stderr, "Not listed: %s of %s differences; see --limit.\n",
			analysis.Known(left), analysis.Known(found.Found))
	}
	return fmt.Errorf("%s between the sums and the calls of %s",
		count(found.Found, "difference", "differences"), count(found.Analyses, "analysis", "analyses"))
}

func writeDifferences(p *Program, differences []ledger.Difference) error {
	t := newTable(7, 8)
	t.AppendHeader(table.Row{"What", "Analysis", "Call type", "Provider", "Model", "Column", "In sums", "In rows"})
	for i := range differences {
		d := &differences[i]
		t.AppendRow(table.Row{
			string(d.Kind), cell(d.AnalysisID, maxID), cell(d.CallType, maxCell), cell(d.Provider, maxCell),
			cell(d.Model, maxCell), cell(d.View+"."+d.Column, maxID), cell(d.InSums, maxCell), cell(d.InRows, maxCell),
		})
	}
	return render(p.Stdout, t)
}

// count returns a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return analysis.Known(n).String() + " " + many
}
