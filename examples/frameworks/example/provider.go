// SPDX-License-Identifier: Apache-2.0

package example

import (
	"context"
	"errors"
	"fmt"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// Provider is an API to call a model at.
type Provider struct {
	// URL is the API's, without a version.
	URL string
	// Key is empty where the provider cannot be called.
	Key string
	// Model is the one to ask.
	Model string
}

// Providers are the APIs that an example may call.
type Providers struct{ OpenAI, Gemini Provider }

const (
	openAIModel = "gpt-4o-mini"
	geminiModel = "gemini-2.5-flash"
)

// ErrNoKey says that --real needs a key.
var ErrNoKey = errors.New("set OPENAI_API_KEY or GEMINI_API_KEY")

// Real returns the providers themselves, with the keys that the environment has.
func Real(getenv func(string) string) (Providers, error) {
	p := Providers{
		OpenAI: Provider{URL: "https://api.openai.com", Key: getenv("OPENAI_API_KEY"), Model: openAIModel},
		Gemini: Provider{
			URL: "https://generativelanguage.googleapis.com", Key: getenv("GEMINI_API_KEY"), Model: geminiModel,
		},
	}
	if p.OpenAI.Key == "" && p.Gemini.Key == "" {
		return Providers{}, ErrNoKey
	}
	return p, nil
}

// StandIns are local stand-ins for the providers.
type StandIns struct {
	OpenAI *instrumenttest.OpenAI
	Gemini *instrumenttest.Gemini
}

// StartStandIns starts both. Close them when done; the context is for the start
// only.
func StartStandIns(ctx context.Context, opts ...instrumenttest.Option) (*StandIns, error) {
	openAI, err := instrumenttest.StartOpenAI(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("start the stand-in for OpenAI: %w", err)
	}
	gemini, err := instrumenttest.StartGemini(ctx, opts...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the stand-in for Gemini: %w", err), openAI.Close())
	}
	return &StandIns{OpenAI: openAI, Gemini: gemini}, nil
}

// Providers returns where the stand-ins are. They take any key.
func (s *StandIns) Providers() Providers {
	return Providers{
		OpenAI: Provider{URL: s.OpenAI.URL(), Key: "local", Model: openAIModel},
		Gemini: Provider{URL: s.Gemini.URL(), Key: "local", Model: geminiModel},
	}
}

// Usage is what both answered.
func (s *StandIns) Usage() instrumenttest.Usage { return s.OpenAI.Usage().Add(s.Gemini.Usage()) }

// Close stops both.
func (s *StandIns) Close() error { return errors.Join(s.OpenAI.Close(), s.Gemini.Close()) }
