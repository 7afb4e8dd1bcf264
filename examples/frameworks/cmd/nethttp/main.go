// SPDX-License-Identifier: Apache-2.0

// Command nethttp runs the example of this name; --real calls the providers. See
// the README two folders up.
package main

import (
	"context"
	"os"

	"github.com/spanledger/spanledger/examples/frameworks/nethttp"
)

func main() { os.Exit(nethttp.Program().Main(context.Background())) }
