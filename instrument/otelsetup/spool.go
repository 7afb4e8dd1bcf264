// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// errSpillFull says that a batch cannot go to disk now.
var errSpillFull = errors.New("the spill directory takes no more")

// errInUse says that another spool has the directory.
var errInUse = errors.New("in use by another process or processor")

// spool is a queue of batches in a directory: one file each, in the order of
// their numbers. A batch is whole or not there, whenever the process dies: it
// is written under another name, synced, and renamed. One goroutine puts, one
// takes.
type spool struct {
	dir    string
	limit  int64
	unlock func() error
	// full is set while the last put found no room.
	full atomic.Bool

	mu       sync.Mutex
	segments []segment // oldest first
	size     int64
	next     uint64
}

// openSpool takes a directory for itself and finds what an earlier process
// left there. It returns also how many spans of that are lost.
func openSpool(dir string, limit int64) (s *spool, corrupt int64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, 0, fmt.Errorf("make the spill directory: %w", err)
	}
	unlock, err := lockDir(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, 0, err
	}
	s = &spool{dir: dir, limit: limit, unlock: unlock}
	corrupt, err = s.scan()
	if err != nil {
		return nil, 0, errors.Join(err, unlock())
	}
	return s, corrupt, nil
}

// scan lists the directory. Files of others are left alone.
func (s *spool) scan() (corrupt int64, err error) {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("list the spill directory: %w", err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		name, aside := strings.CutSuffix(file.Name(), asideEnd)
		if aside {
			s.size += onDisk(info.Size())
		}
		found, ok := parseSegment(name)
		if !ok {
			continue
		}
		if aside { // its number is not used again: its file would be replaced
			s.next = max(s.next, found.number+1)
			continue
		}
		found.size = info.Size()
		s.add(found)
		if strings.HasSuffix(file.Name(), partialEnd) && !s.complete(found) {
			corrupt += found.spans
		}
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return cmp.Compare(a.number, b.number) })
	return corrupt, nil
}

// add notes a segment.
func (s *spool) add(found segment) {
	s.segments = append(s.segments, found)
	s.size += onDisk(found.size)
	s.next = max(s.next, found.number+1)
}

// complete gives a segment its name that was written, but not yet renamed,
// when the process died. It sets aside one that was half written.
func (s *spool) complete(partial segment) bool {
	path := s.path(partial)
	data, err := os.ReadFile(path + partialEnd) // #nosec G304 -- a file of the spill directory
	if err == nil {
		_, err = decodeSegment(data)
	}
	if err == nil {
		err = os.Rename(path+partialEnd, path)
	}
	if err == nil {
		return true
	}
	s.setAside(partial, path+partialEnd)
	return false
}

func (s *spool) path(of segment) string { return filepath.Join(s.dir, of.name()) }

// put appends a batch, or returns an error that wraps errSpillFull.
func (s *spool) put(spans []*tracepb.ResourceSpans) (segment, error) {
	data, err := encodeSegment(spans)
	if err != nil {
		return segment{}, err
	}
	s.mu.Lock()
	added := segment{number: s.next, spans: countSpans(spans), size: int64(len(data))}
	fits := s.size+onDisk(added.size) <= s.limit
	s.mu.Unlock()
	if !fits {
		s.full.Store(true)
		return segment{}, errSpillFull
	}
	if err := s.write(added, data); err != nil {
		s.full.Store(true)
		return segment{}, fmt.Errorf("%w: %w", errSpillFull, err)
	}
	s.full.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(added)
	return added, nil
}

// write leaves a whole file or none.
func (s *spool) write(added segment, data []byte) error {
	path := s.path(added)
	partial := path + partialEnd
	err := writeFile(partial, data)
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		_ = os.Remove(partial)
		return fmt.Errorf("spill: %w", err)
	}
	syncDir(s.dir)
	return nil
}

// writeFile writes a new file so that it outlives a loss of power.
func writeFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // #nosec G304 -- in the spill directory
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes a rename outlive a loss of power where the system can do that.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil { // #nosec G304 -- the directory that the operator named
		_ = d.Sync()
		_ = d.Close()
	}
}

// head returns the oldest batch.
func (s *spool) head() (oldest segment, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.segments) == 0 {
		return segment{}, false
	}
	return s.segments[0], true
}

// read returns the spans of a segment. Its error is temporary where the process
// cannot open files now.
func (s *spool) read(of segment) ([]*tracepb.ResourceSpans, error) {
	data, err := os.ReadFile(s.path(of))
	if err != nil {
		return nil, fmt.Errorf("read spilled spans: %w", err)
	}
	return decodeSegment(data)
}

// temporaryError is what the system's errors are.
type temporaryError interface {
	error
	Temporary() bool
}

// isTemporary reports whether an error says more of the process than of the file.
func isTemporary(err error) bool {
	problem, ok := errors.AsType[temporaryError](err)
	return ok && problem.Temporary()
}

// remove deletes a segment that has been delivered. A file that cannot be
// deleted is sent again by the next process, and counts once in the ledger.
func (s *spool) remove(sent segment) {
	_ = os.Remove(s.path(sent))
	s.forget(sent)
}

// setAside takes a segment that cannot be read out of the queue, and keeps its
// file for a person to look at. It is lost, whether the renaming works or not.
func (s *spool) setAside(bad segment, file string) {
	_ = os.Rename(file, s.path(bad)+asideEnd)
	s.forget(bad)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size += onDisk(bad.size)
}

func (s *spool) forget(gone segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size -= onDisk(gone.size)
	if len(s.segments) > 0 && s.segments[0].number == gone.number {
		s.segments = s.segments[1:]
		return
	}
	s.segments = slices.DeleteFunc(s.segments, func(other segment) bool { return other.number == gone.number })
}

// empty reports whether no batch waits.
func (s *spool) empty() bool {
	_, some := s.head()
	return !some
}

// spans returns how many spans wait.
func (s *spool) spans() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, waiting := range s.segments {
		n += waiting.spans
	}
	return n
}

// close lets others have the directory.
func (s *spool) close() error { return s.unlock() }

func onDisk(size int64) int64 { return max(size, blockSize) }
