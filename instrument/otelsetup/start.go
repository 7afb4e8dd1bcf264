// SPDX-License-Identifier: Apache-2.0

package otelsetup

import "context"

// Start sets up the SDK from config and the environment, and makes it
// global. It connects to nothing: a Collector that is away is no error.
//
// The caller must call shutdown before the process ends: it flushes what is
// held and stops everything, within the deadline of its context or 30
// seconds. Its error tells what it could not deliver. An error of Start is
// one or several *[ConfigError], joined, or comes from the exporters.
func Start(ctx context.Context, config Config) (shutdown func(context.Context) error, err error) {
	providers, err := New(ctx, config)
	if err != nil {
		return nil, err
	}
	providers.SetGlobal()
	return providers.Shutdown, nil
}
