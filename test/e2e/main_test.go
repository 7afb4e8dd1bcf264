// SPDX-License-Identifier: Apache-2.0

// Package e2e_test tests the whole way: real clients over HTTP to the local
// Gemini stand-in, real OTLP, the built spanledger command as Collector and as
// server, and both ledgers, a real Postgres among them. Nothing here knows how
// a part works; it compares what comes out with what went in.
package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// long asks for more rounds than a change has to wait for.
var long = flag.Bool("long", false, "run the long form of the tests")

// patience bounds every wait. Nothing takes that long on an idle machine.
const patience = 90 * time.Second

// buildDir is where the command is built.
var buildDir string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if buildDir, err = os.MkdirTemp("", "spanledger-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m,
		goleak.Cleanup(func(code int) {
			_ = os.RemoveAll(buildDir)
			os.Exit(code)
		}),
		// The earlier Gemini SDK opens a gRPC connection for caches, which its Close leaves open.
		goleak.IgnoreAnyFunction("google.golang.org/grpc.(*addrConn).resetTransportAndUnlock"),
		goleak.IgnoreAnyFunction("google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run"),
	)
}

// built is the spanledger command. The first test that runs it builds it, the
// way the Makefile does, so that both share what is compiled.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "spanledger")
	output, err := exec.Command("go", "build", "-trimpath", "-o", path, "../../cmd/spanledger").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the command: %w\n%s", err, output)
	}
	return path, nil
})

// commandPath returns the path of the built command.
func commandPath(t *testing.T) string {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return path
}
