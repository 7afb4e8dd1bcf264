// SPDX-License-Identifier: Apache-2.0

// Command langchaingo runs the example of this name; --real calls the providers. See
// the README two folders up.
package main

import (
	"context"
	"os"

	"github.com/spanledger/spanledger/examples/frameworks/langchaingo"
)

func main() { os.Exit(langchaingo.Program().Main(context.Background())) }
