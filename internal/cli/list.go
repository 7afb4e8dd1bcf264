// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// listFlags are the flags of list.
type listFlags struct {
	readFlags

	query        ledger.ListQuery
	since, until string
}

func newList(p *Program) *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List analyses, the latest first",
		Args:  exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd, p); err != nil {
				return err
			}
			return f.read(cmd.Context(), p, func(r ledger.Reader) error { return f.list(cmd.Context(), p, r) })
		},
	}
	f.add(cmd, p)
	flags := cmd.Flags()
	flags.IntVar(&f.query.Limit, "limit", ledger.DefaultListLimit, "list at most `N` analyses")
	flags.StringVar(&f.query.Subject, "subject", "", "only those about this `SUBJECT`")
	flags.StringVar(&f.query.UserID, "user", "", "only those of this `USER`")
	flags.StringVar(&f.query.TenantID, "tenant", "", "only those of this `TENANT`")
	flags.StringVar(&f.since, "since", "",
		"only those that started at this `TIME` or later: 2026-03-01T09:00:00Z, 2026-03-01, or 24h for a day ago")
	flags.StringVar(&f.until, "until", "", "only those that started before this `TIME`")
	return cmd
}

// check completes the query, before a ledger is opened.
func (f *listFlags) check(cmd *cobra.Command, p *Program) error {
	if err := checkLimit(cmd, f.query.Limit); err != nil {
		return err
	}
	if err := checkGiven(cmd, "subject", "user", "tenant", "since", "until"); err != nil {
		return err
	}
	var err error
	now := p.Now()
	if f.query.Since, err = parseTime(f.since, now, p.Zone); err != nil {
		return wrongUse(cmd, "--since %w", err)
	}
	if f.query.Until, err = parseTime(f.until, now, p.Zone); err != nil {
		return wrongUse(cmd, "--until %w", err)
	}
	if !f.query.Until.IsZero() && f.query.Until.Before(f.query.Since) {
		return wrongUse(cmd, "--until is before --since")
	}
	return nil
}

func (f *listFlags) list(ctx context.Context, p *Program, r ledger.Reader) error {
	summaries, err := r.List(ctx, f.query)
	if err != nil {
		return err
	}
	switch {
	case f.json:
		err = WriteJSON(p.Stdout, struct {
			Analyses []analysis.Summary `json:"analyses"`
		}{append([]analysis.Summary{}, summaries...)})
	case len(summaries) > 0:
		err = writeSummaries(p.Stdout, p.Zone, summaries)
	}
	switch len(summaries) {
	case 0:
		fmt.Fprintln(p.Stderr, f.nothing())
	case f.query.Limit:
		fmt.Fprintf(p.Stderr, "These are the latest %d; there may be more: see --limit.\n", f.query.Limit)
	}
	return err
}

// nothing says why nothing is listed.
func (f *listFlags) nothing() string {
	if f.query == (ledger.ListQuery{Limit: f.query.Limit}) {
		return "The ledger is empty. 'spanledger serve' fills it with what services send."
	}
	return "No analysis in the ledger matches."
}
