// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

func newSummary(p *Program) *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use:   "summary ID",
		Short: "Print the summary of one analysis",
		Args:  exactArgs("the analysis ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.read(cmd.Context(), p, func(r ledger.Reader) error {
				s, err := r.Summary(cmd.Context(), args[0], ledger.DefaultCallsLimit)
				if err != nil {
					return notFound(err, args[0])
				}
				if flags.json {
					return WriteJSON(p.Stdout, s)
				}
				return WriteSummary(p.Stdout, s)
			})
		},
	}
	flags.add(cmd, p)
	return cmd
}

// WriteSummary writes one summary for people.
func WriteSummary(w io.Writer, s analysis.Summary) error {
	_, err := io.WriteString(w, s.String())
	return err
}

// notFound adds to ErrNotFound which analysis it was and where to look for
// others.
func notFound(err error, id string) error {
	if errors.Is(err, ledger.ErrNotFound) {
		return fmt.Errorf("analysis %s: %w; 'spanledger list' shows those it has", quote(id), ledger.ErrNotFound)
	}
	return err
}

// WriteJSON writes a value as the one JSON document of a command.
func WriteJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
