// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/ledger"
)

// defaultSchema is the schema of a ledger in Postgres where nothing names one.
const defaultSchema = "spanledger"

// addLedger adds the flags that name a ledger.
func addLedger(cmd *cobra.Command, p *Program, l *Ledger) {
	l.DSN = cmp.Or(p.Getenv("SPANLEDGER_DSN"), p.DefaultDSN)
	cmd.Flags().Var(&secretValue{&l.DSN}, "dsn",
		"the ledger: postgres://… or sqlite:PATH (default $SPANLEDGER_DSN, else "+p.DefaultDSN+")")
	cmd.Flags().StringVar(&l.Schema, "schema", cmp.Or(p.Getenv("SPANLEDGER_SCHEMA"), defaultSchema),
		"the schema `NAME` in Postgres (default $SPANLEDGER_SCHEMA, else "+defaultSchema+")")
	cmd.Flags().Lookup("schema").DefValue = "" // the text above says it
}

// dsnType is how help texts call the value of --dsn.
const dsnType = "DSN"

// secretValue is a flag whose value no help text shows: a DSN may hold a
// password.
type secretValue struct{ text *string }

// String returns nothing.
func (v *secretValue) String() string { return "" }

// Set stores the value. It refuses none at all, which is a variable of the
// shell that is not set.
func (v *secretValue) Set(s string) error {
	if s == "" {
		return errors.New("empty")
	}
	*v.text = s
	return nil
}

// Type names the value in help texts.
func (v *secretValue) Type() string { return dsnType }

// readFlags are what every reading command takes.
type readFlags struct {
	Ledger

	json bool
}

func (f *readFlags) add(cmd *cobra.Command, p *Program) {
	addLedger(cmd, p, &f.Ledger)
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON document")
}

// read opens the ledger, runs the function and closes it.
func (f *readFlags) read(ctx context.Context, p *Program, with func(ledger.Reader) error) error {
	reader, closeReader, err := p.OpenReader(ctx, f.Ledger)
	if err != nil {
		return err
	}
	defer closeReader()
	return with(reader)
}

// checkLimit refuses a limit that lists nothing.
func checkLimit(cmd *cobra.Command, limit int) error {
	if limit < 1 {
		return wrongUse(cmd, "--limit %d: want 1 or more", limit)
	}
	return nil
}

// checkGiven refuses flags with an empty value: a filter that selects by
// nothing, most likely a variable of the shell that is not set, would list
// too much.
func checkGiven(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if flag := cmd.Flags().Lookup(name); flag.Changed && flag.Value.String() == "" {
			return wrongUse(cmd, "--%s is empty", name)
		}
	}
	return nil
}
