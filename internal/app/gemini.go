// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"os"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/internal/cli"
)

// newGemini returns an instrumented client of a stand-in in this process, which
// the function it returns stops, or with --real of Gemini itself.
func newGemini(ctx context.Context, o cli.DemoOptions) (*genai.Client, func(), error) {
	if !o.Real {
		return standin.NewClient(ctx, "")
	}
	key := os.Getenv("GEMINI_API_KEY")
	if key == "" {
		return nil, nil, errors.New(
			"--real needs the key of a Gemini account in GEMINI_API_KEY; without --real a stand-in answers",
		)
	}
	return standin.NewClient(ctx, key)
}
