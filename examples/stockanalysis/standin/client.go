// SPDX-License-Identifier: Apache-2.0

package standin

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument/gemini"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// NewClient returns an instrumented client of Gemini with the key, or where the key is "" of a stand-in with the
// prepared answers. The caller calls stop when the client is no longer needed. No error holds the key.
func NewClient(ctx context.Context, key string) (client *genai.Client, stop func(), err error) {
	config := genai.ClientConfig{APIKey: key, Backend: genai.BackendGeminiAPI}
	stop = func() {}
	if key == "" {
		fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(Respond))
		if err != nil {
			return nil, nil, fmt.Errorf("start the stand-in for Gemini: %w", err)
		}
		stop = func() { _ = fake.Close() } // it holds nothing that could be lost
		config.APIKey, config.HTTPOptions.BaseURL = "stand-in", fake.URL()
	}
	client, err = genai.NewClient(ctx, &config)
	if err != nil {
		stop()
		return nil, nil, errors.New("make a Gemini client: the SDK refuses the configuration") // its text holds the key
	}
	if err := gemini.Instrument(client); err != nil {
		stop()
		return nil, nil, fmt.Errorf("instrument the Gemini client: %w", err)
	}
	return client, stop, nil
}
