// SPDX-License-Identifier: Apache-2.0

// Command adk runs the example of this name; --real calls the providers. See
// the README two folders up.
package main

import (
	"context"
	"os"

	"github.com/spanledger/spanledger/examples/frameworks/adk"
)

func main() { os.Exit(adk.Program().Main(context.Background())) }
