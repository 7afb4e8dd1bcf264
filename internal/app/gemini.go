// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// newGemini returns a wrapped client of Gemini itself, or of a stand-in in
// this process that the function it returns stops.
func newGemini(ctx context.Context, useReal bool) (*genai.Client, func(), error) {
	config := &genai.ClientConfig{APIKey: os.Getenv("GEMINI_API_KEY"), Backend: genai.BackendGeminiAPI}
	stop := func() {}
	switch {
	case !useReal:
		fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(standin.Respond))
		if err != nil {
			return nil, nil, fmt.Errorf("start the stand-in for Gemini: %w", err)
		}
		stop = func() { _ = fake.Close() } // it holds nothing that could be lost
		config.APIKey, config.HTTPOptions.BaseURL = "stand-in", fake.URL()
	case config.APIKey == "":
		return nil, nil, errors.New(
			"--real needs the key of a Gemini account in GEMINI_API_KEY; without --real a stand-in answers",
		)
	}
	client, err := genai.NewClient(ctx, config)
	if err != nil {
		stop()
		return nil, nil, errors.New(
			"create the Gemini client: the SDK refuses its configuration",
		) // its text holds the key
	}
	if err := gemini.Instrument(client); err != nil {
		stop()
		return nil, nil, fmt.Errorf("wrap the Gemini client: %w", err)
	}
	return client, stop, nil
}
