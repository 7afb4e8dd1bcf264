// SPDX-License-Identifier: Apache-2.0

// Package pgtest gives tests a real Postgres. [DSN] names a fresh, empty
// schema of a server: the one that SPANLEDGER_TEST_DSN names, else a private
// cluster that the test binary starts when it first needs one.
//
// A private cluster listens on a Unix socket in a directory of its own and
// nowhere else. It ends with the process that started it, however that
// process ends, so that no package needs a TestMain for it. A test that finds
// no Postgres fails and says how to get one; none is skipped.
package pgtest
