// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// envPrograms names the directory of the server's programs, where there are
// several versions to choose from.
const envPrograms = "SPANLEDGER_TEST_POSTGRES_BIN"

var errNoPostgres = errors.New("no Postgres server found: install one (Debian: apt-get install postgresql), " +
	"set " + envPrograms + " to the directory of initdb and pg_ctl, " +
	"or set " + EnvDSN + " to the DSN of a running server")

// findPrograms returns the directory of initdb and pg_ctl: the one that the
// environment names, else the one in $PATH, else the newest that Debian has.
func findPrograms() (string, error) {
	if dir := os.Getenv(envPrograms); dir != "" {
		return dir, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
			return "", err
		}
		return filepath.Dir(initdb), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// version returns 15 for /usr/lib/postgresql/15/bin/initdb.
func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}
