// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/ledger"
)

// leastAge is the least age of what may be pruned: copies of younger calls may
// still be on their way.
const leastAge = 24 * time.Hour

// pruneFlags are the flags of prune.
type pruneFlags struct {
	Ledger

	before, summaries string
	dryRun            bool
}

func newPrune(p *Program) *cobra.Command {
	var f pruneFlags
	cmd := &cobra.Command{
		Use:   "prune --before TIME",
		Short: "Drop the details of old calls, and old analyses as a whole",
		Long: `Drop the details of calls that started before a time. Their part of the sums
stays, and a call that comes again after that is set aside and counted as late.

With --summaries-before, analyses whose last call and end are before that time
go as a whole, as far as their calls have been dropped.

A time is 2026-03-01T09:00:00Z, a day such as 2026-03-01, or an age such as 2160h,
and at least a day ago. There is no way back.`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			calls, summaries, err := f.times(cmd, p)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), p, calls, summaries)
		},
	}
	addLedger(cmd, p, &f.Ledger)
	flags := cmd.Flags()
	flags.StringVar(&f.before, "before", "", "drop the details of calls that started before this `TIME`")
	flags.StringVar(&f.summaries, "summaries-before", "", "drop analyses that were over before this `TIME`")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only show what would be dropped")
	return cmd
}

// times reads the flags, before a ledger is opened.
func (f *pruneFlags) times(cmd *cobra.Command, p *Program) (calls, summaries time.Time, err error) {
	if err := checkGiven(cmd, "before", "summaries-before"); err != nil {
		return calls, summaries, err
	}
	if f.before == "" && f.summaries == "" {
		return calls, summaries, wrongUse(cmd, "--before is missing: say what is to be dropped")
	}
	if calls, err = oldTime(cmd, p, "before", f.before); err != nil {
		return calls, summaries, err
	}
	if summaries, err = oldTime(cmd, p, "summaries-before", f.summaries); err != nil {
		return calls, summaries, err
	}
	if !calls.IsZero() && summaries.After(calls) {
		return calls, summaries, wrongUse(cmd, "--summaries-before is after --before: summaries outlive their calls")
	}
	return calls, summaries, nil
}

func oldTime(cmd *cobra.Command, p *Program, flag, text string) (time.Time, error) {
	now := p.Now()
	at, err := parseTime(text, now, p.Zone)
	switch {
	case err != nil:
		return at, wrongUse(cmd, "--%s %w", flag, err)
	case at.After(now):
		return at, wrongUse(cmd, "--%s %s is in the future", flag, quote(text))
	case now.Sub(at) < leastAge:
		return at, wrongUse(cmd, "--%s %s is less than a day ago: calls may still come again", flag, quote(text))
	}
	return at, nil
}

func (f *pruneFlags) run(ctx context.Context, p *Program, calls, summaries time.Time) error {
	keeper, closeKeeper, err := p.OpenKeeper(ctx, f.Ledger)
	if err != nil {
		return err
	}
	defer closeKeeper()
	found, err := keeper.Prunable(ctx, calls, summaries)
	if err != nil {
		return err
	}
	verb := "Would drop"
	if !f.dryRun {
		verb = "Dropped"
		found.Calls, found.Analyses, err = drop(ctx, keeper, calls, summaries)
		if err != nil {
			return err
		}
	}
	what := count(found.Calls, "call", "calls") + extent(&found)
	if !summaries.IsZero() {
		what += ", and " + count(found.Analyses, "analysis", "analyses") + " as a whole"
	}
	_, err = fmt.Fprintf(p.Stdout, "%s %s.\n", verb, what)
	return err
}

// drop drops calls first, for an analysis goes only after its calls.
func drop(ctx context.Context, k ledger.Keeper, before, summariesBefore time.Time) (calls, analyses int64, err error) {
	if !before.IsZero() {
		if calls, err = k.Prune(ctx, before); err != nil {
			return 0, 0, err
		}
	}
	if !summariesBefore.IsZero() {
		analyses, err = k.PruneSummaries(ctx, summariesBefore)
	}
	return calls, analyses, err
}

// extent says over how many days the calls are spread, and what room they take
// where the store can tell.
func extent(found *ledger.Prunable) string {
	text := ""
	if found.Calls > 0 {
		text = " of " + count(found.Days, "day", "days")
	}
	if found.Bytes > 0 {
		text += " (" + megabytes(found.Bytes) + ")"
	}
	return text
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
