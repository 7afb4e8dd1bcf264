// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A segment is one batch in one file: a header, and the batch as OTLP. The
// header is the text below and the CRC-32C of what follows it.
const (
	segmentMagic  = "SLSPILL1"
	segmentHeader = len(segmentMagic) + 4
)

// Ends of file names in a spill directory.
const (
	segmentEnd = ".spans"
	partialEnd = ".tmp" // being written, or left by a process that was killed
	asideEnd   = ".bad" // set aside for a person to look at
)

// blockSize is the least that a file takes, whatever it holds.
const blockSize = 4096

var errCorrupt = errors.New("not a whole segment")

// segment names a file of a spill directory. The name tells how many spans
// are in it, so that they can be counted when the file cannot be read.
type segment struct {
	number uint64
	spans  int64
	size   int64
}

func (s segment) name() string { return fmt.Sprintf("%020d-%d%s", s.number, s.spans, segmentEnd) }

// parseSegment reads the name of a segment.
func parseSegment(name string) (s segment, ok bool) {
	_, err := fmt.Sscanf(strings.TrimSuffix(name, partialEnd), "%d-%d"+segmentEnd, &s.number, &s.spans)
	return s, err == nil && strings.TrimSuffix(name, partialEnd) == s.name()
}

// encodeSegment returns what a file with these spans holds.
func encodeSegment(spans []*tracepb.ResourceSpans) ([]byte, error) {
	header := make([]byte, segmentHeader, segmentHeader+blockSize)
	data, err := proto.MarshalOptions{}.MarshalAppend(header, &tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return nil, fmt.Errorf("encode spans: %w", err)
	}
	copy(data, segmentMagic)
	binary.BigEndian.PutUint32(data[len(segmentMagic):], checksum(data[segmentHeader:]))
	return data, nil
}

// decodeSegment returns the spans of a file, or an error where it is not what
// encodeSegment made.
func decodeSegment(data []byte) ([]*tracepb.ResourceSpans, error) {
	if len(data) < segmentHeader || string(data[:len(segmentMagic)]) != segmentMagic {
		return nil, errCorrupt
	}
	body := data[segmentHeader:]
	if binary.BigEndian.Uint32(data[len(segmentMagic):]) != checksum(body) {
		return nil, errCorrupt
	}
	var traces tracepb.TracesData
	if err := proto.Unmarshal(body, &traces); err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return traces.GetResourceSpans(), nil
}

func checksum(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }
