// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis/standin"
	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// newClient returns an instrumented client for Gemini, or with --fake for a stand-in that closing ends.
func newClient(ctx context.Context, o options, getenv func(string) string) (*genai.Client, func(), error) {
	config := genai.ClientConfig{APIKey: getenv("GEMINI_API_KEY"), Backend: genai.BackendGeminiAPI}
	closeClient := func() {}
	switch {
	case o.fake:
		fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(standin.Respond))
		if err != nil {
			return nil, nil, err
		}
		closeClient = func() { _ = fake.Close() }
		config.APIKey, config.HTTPOptions.BaseURL = "stand-in", fake.URL()
	case config.APIKey == "":
		return nil, nil, errors.New("GEMINI_API_KEY is not set: set it to your key, or try --fake, which needs none")
	}
	client, err := genai.NewClient(ctx, &config)
	if err != nil {
		closeClient()
		return nil, nil, errors.New("make a Gemini client: the SDK refuses the configuration") // its text holds the key
	}
	if err := gemini.Instrument(client); err != nil {
		closeClient()
		return nil, nil, fmt.Errorf("instrument the Gemini client: %w", err)
	}
	return client, closeClient, nil
}
