// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
)

// newClient returns an instrumented client for Gemini, or with --fake for a stand-in that closing ends.
func newClient(ctx context.Context, o options, getenv func(string) string) (*genai.Client, func(), error) {
	if o.fake {
		return standin.NewClient(ctx, "")
	}
	key := getenv("GEMINI_API_KEY")
	if key == "" {
		return nil, nil, errors.New("GEMINI_API_KEY is not set: set it to your key, or try --fake, which needs none")
	}
	return standin.NewClient(ctx, key)
}
