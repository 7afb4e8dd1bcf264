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

var (
	errNoNumber = errors.New("not a whole number")
	errRange    = errors.New("out of range")
)

// count reads a number of at most limit.
func (s *mendSet) count(v pcommon.Value, limit int64) analysis.Count {
	n, err := s.integer(v)
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
	case pcommon.ValueTypeInt:
		return v.Int(), nil
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

// texts reads a list of names. A single name stands for a list of one.
func (s *mendSet) texts(v pcommon.Value) []string {
	if v.Type() != pcommon.ValueTypeSlice {
		if text := s.text(v); text != "" {
			return []string{text}
		}
		return nil
	}
	list := v.Slice()
	n := list.Len()
	if n > MaxFinishReasons {
		s.add(MendLength)
		n = MaxFinishReasons
	}
	var texts []string
	for i := range n {
		if text := s.text(list.At(i)); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}
