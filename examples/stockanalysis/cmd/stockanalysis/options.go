// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// options are the command's flags.
type options struct {
	symbol, prices, model, user, dsn, out string
	fake, json                            bool
}

// parseOptions reads the flags. Asked for help, it writes that to w and returns flag.ErrHelp.
func parseOptions(args []string, w io.Writer) (options, error) {
	var o options
	bundled := strings.Join(market.Symbols(), ", ")
	flags := flag.NewFlagSet("stockanalysis", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller tells the error, once
	flags.StringVar(&o.symbol, "symbol", "RELIANCE", "share to judge; bundled are "+bundled)
	flags.StringVar(&o.prices, "prices", "", "CSV file of prices instead of the bundled ones")
	flags.StringVar(&o.model, "model", stockanalysis.DefaultModel, "Gemini model to ask")
	flags.StringVar(&o.user, "user", "", "user who pays for the calls")
	flags.StringVar(&o.dsn, "dsn", "", "Postgres of the application, for its table stock_analyses")
	flags.StringVar(&o.out, "out", "", "folder to write the charts to")
	flags.BoolVar(&o.fake, "fake", false, "ask a local stand-in with prepared answers instead of Gemini")
	flags.BoolVar(&o.json, "json", false, "print the whole result as JSON")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(w, "Usage: stockanalysis [flags]")
		flags.SetOutput(w)
		flags.PrintDefaults()
		return options{}, err
	case err != nil:
		return options{}, fmt.Errorf("%w; --help lists the flags", err)
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q; --help lists the flags", flags.Arg(0))
	}
	return o, nil
}
