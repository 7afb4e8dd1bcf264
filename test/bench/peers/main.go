// SPDX-License-Identifier: Apache-2.0

// Command peers is the program compare with a further way in it: Braintrust's
// Go SDK v0.2.0, which reads Gemini's answers too. It is a module of its own,
// so that nobody else needs the peers.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	braintrust "github.com/braintrustdata/braintrust-sdk-go/trace/contrib/genai"

	"github.com/spanledger/spanledger/test/bench/client"
)

func main() {
	if err := client.Main(context.Background(), os.Args[1:], os.Stdout, newBraintrust()); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// newBraintrust is the transport of Braintrust's Go SDK v0.2.0. It opens no
// span for a stream.
func newBraintrust() client.Way {
	return client.Way{
		Name: "Braintrust v0.2.0",
		Transport: func(base http.RoundTripper, with client.Providers) http.RoundTripper {
			return braintrust.WrapClient(&http.Client{Transport: base},
				braintrust.WithTracerProvider(with.Traces)).Transport
		},
	}
}
