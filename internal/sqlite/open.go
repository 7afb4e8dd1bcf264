// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// A rarer checkpoint than SQLite's default writes pages that change often less
// often. A full write-ahead log takes 32 MB of disk.
const (
	autoCheckpoint = "wal_autocheckpoint(8192)"
	cacheSize      = "cache_size(-32000)"
	busyTimeout    = "busy_timeout(5000)"
	// synchronous has every commit on the disk when Fold returns.
	synchronous = "synchronous(FULL)"
)

const (
	// readers is how many goroutines read at once; others wait.
	readers = 4
	// openPatience is how long Open waits for another process that opens,
	// migrates or closes the same file.
	openPatience = 10 * time.Second
	openInterval = 10 * time.Millisecond
)

// access is what connections may do, as SQLite's URIs spell it.
type access string

const (
	mayRead   access = "ro"
	mayWrite  access = "rw"
	mayCreate access = "rwc"
)

// pool returns a pool of at most so many connections to the file. It opens
// none yet.
func pool(path string, may access, connections int) (*sql.DB, error) {
	query := url.Values{"mode": {string(may)}, "_pragma": {busyTimeout}}
	if may != mayRead {
		query.Set("_txlock", "immediate")
		query["_pragma"] = []string{busyTimeout, synchronous, autoCheckpoint, cacheSize}
	}
	connector, err := sqlite.NewConnector(fileURI(path) + "?" + query.Encode())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// fileURI escapes what SQLite would take for the end of the path.
func fileURI(path string) string {
	slashed := filepath.ToSlash(filepath.Clean(path))
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(slashed)
}

// checkPath finds what SQLite would report as "unable to open database file".
// It never opens the file: closing it would drop the locks that this process
// holds on it.
func checkPath(config Config) error {
	if config.Path == "" || strings.HasPrefix(config.Path, ":") {
		return errors.New("a ledger needs the path of a file, such as spanledger.db")
	}
	dir := filepath.Dir(config.Path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no directory %s; create it or name another file", dir)
	}
	info, err := os.Stat(config.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && config.CreateSchema:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file; name the one that holds the ledger, or write to it first")
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file; name another one")
	}
	return nil
}

// useWAL lets others read while the store writes. The mode stays in the file.
func useWAL(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode == "wal" {
		return nil
	}
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its file system keeps journal mode %q, and the ledger needs write-ahead logging; "+
			"use a local disk", mode)
	}
	return nil
}

// retryBusy repeats what another process's opening or closing may refuse at
// once, without regard to the busy timeout.
func retryBusy(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	tick := time.NewTicker(openInterval)
	defer tick.Stop()
	for {
		err := f()
		if !isBusy(err) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
