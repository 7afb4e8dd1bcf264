// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// text reads a name. What it returns is valid UTF-8 without NUL, of at most
// MaxTextBytes.
func (s *mendSet) text(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return s.clean(v.Str())
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		s.add(MendRetyped)
		return v.AsString()
	default:
		s.add(MendWrongType)
		return ""
	}
}

func (s *mendSet) clean(text string) string {
	if isPlain(text) && len(text) <= MaxTextBytes {
		return text
	}
	switch invalid := strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text); {
	case invalid:
		s.add(MendText)
	case len(text) > MaxTextBytes:
		s.add(MendLength)
	default:
		return text
	}
	return ledger.CleanText(text)
}

// isPlain reports whether the text is ASCII without NUL, eight bytes at a
// time.
func isPlain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		eight := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if (eight|(eight-ones))&tops != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i]-1 >= 0x7f {
			return false
		}
	}
	return true
}

var (
	errNoNumber = errors.New("not a whole number")
	errRange    = errors.New("out of range")
)

// count reads a number of at most limit.
func (s *mendSet) count(v pcommon.Value, limit int64) analysis.Count {
	if v.Type() == pcommon.ValueTypeInt {
		return s.within(v.Int(), nil, limit)
	}
	n, err := s.integer(v)
	return s.within(n, err, limit)
}

// within takes a number of at most limit for a count, unless it could not be
// read.
func (s *mendSet) within(n int64, err error, limit int64) analysis.Count {
	switch {
	case err == nil && n >= 0 && n <= limit:
		return analysis.Known(n)
	case errors.Is(err, errNoNumber):
		s.add(MendWrongType)
	default:
		s.add(MendCount)
	}
	return analysis.Unknown()
}

func (s *mendSet) integer(v pcommon.Value) (int64, error) {
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		return s.integral(v.Double())
	case pcommon.ValueTypeStr:
		return s.parse(v.Str())
	default:
		return 0, errNoNumber
	}
}

func (s *mendSet) integral(f float64) (int64, error) {
	switch {
	case f != math.Trunc(f) || math.IsNaN(f):
		return 0, errNoNumber
	case math.Abs(f) >= 1<<63:
		return 0, errRange
	}
	s.add(MendRetyped)
	return int64(f), nil
}

func (s *mendSet) parse(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errRange
	case err != nil:
		return 0, errNoNumber
	}
	s.add(MendRetyped)
	return n, nil
}

// flag reads a truth value.
func (s *mendSet) flag(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeBool:
		return v.Bool()
	case pcommon.ValueTypeStr:
		if b, err := strconv.ParseBool(v.Str()); err == nil {
			s.add(MendRetyped)
			return b
		}
	}
	s.add(MendWrongType)
	return false
}

// duration reads a number of units, and 0 where it is none from 0 to
// MaxDuration.
func (s *mendSet) duration(v pcommon.Value, unit time.Duration) time.Duration {
	var f float64
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		f = v.Double()
	case pcommon.ValueTypeInt:
		f = float64(v.Int())
	default:
		s.add(MendWrongType)
		return 0
	}
	f *= float64(unit)
	if !(f >= 0 && f <= float64(MaxDuration)) { // so that NaN is out too
		s.add(MendTime)
		return 0
	}
	return time.Duration(f).Truncate(time.Microsecond)
}

// since reads an instant as the time from a start, and 0 where it is none from
// 0 to MaxDuration behind it.
func (s *mendSet) since(v pcommon.Value, start pcommon.Timestamp) time.Duration {
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(v.Str(), `"`))
	if err != nil {
		s.add(MendWrongType)
		return 0
	}
	d := at.Sub(start.AsTime())
	if d < 0 || d > MaxDuration {
		s.add(MendTime)
		return 0
	}
	return d.Truncate(time.Microsecond)
}
