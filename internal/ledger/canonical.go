// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spanledger/spanledger/internal/analysis"
)

// MaxText is the most bytes of a text that a store keeps. Four texts of this
// length fit into one index entry of every database in use.
const MaxText = 512

// CleanText returns the text as every store keeps it: valid UTF-8 without NUL
// bytes, of at most MaxText bytes. A run of invalid bytes, and each NUL,
// becomes U+FFFD. The end of a longer text gives way to a digest of the whole,
// so that different texts stay different. Cleaning twice changes nothing.
func CleanText(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= MaxText {
		return s
	}
	digest := sha256.Sum256([]byte(s))
	tail := "~" + hex.EncodeToString(digest[:16])
	return strings.ToValidUTF8(s[:MaxText-len(tail)], "") + tail
}

// isClean reports that CleanText changes nothing. It knows at a glance of short
// text in ASCII, as nearly all is.
func isClean(s string) bool {
	if len(s) > MaxText {
		return false
	}
	for rest := s; rest != ""; {
		n := min(len(rest), 8)
		if !isPlain(rest[:n]) {
			return utf8.ValidString(rest) && strings.IndexByte(rest, 0) < 0
		}
		rest = rest[n:]
	}
	return true
}

// isPlain reports that at most eight bytes are ASCII without NUL. It looks at
// eight at once: taking one from each sets the high bit of those that are zero.
func isPlain(s string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	if len(s) == 8 {
		n := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		return (n|(n-ones))&highs == 0
	}
	for i := range len(s) {
		if s[i] == 0 || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsCanonical reports that the call is as Canonical would return it.
func IsCanonical(c *analysis.Call) bool {
	return areTextsClean(c) && areClean(c.FinishReasons) && isCanonicalTime(c.Start) && isCanonicalTime(c.End) &&
		c.TimeToFirstChunk%time.Microsecond == 0 && (c.Cost.Priced || c.Cost.Amount == analysis.Amount{})
}

func areTextsClean(c *analysis.Call) bool {
	a := &c.Attribution
	for _, s := range [...]string{
		c.AnalysisID, string(c.Type), c.Provider, c.Operation, c.RequestModel, c.ResponseModel, c.ResponseID,
		c.ServiceTier, c.ErrorType, c.Cost.PriceListVersion, a.Subject, a.UserID, a.UserTier, a.TenantID,
	} {
		if !isClean(s) {
			return false
		}
	}
	return true
}

// Canonical returns the call as every store keeps it: clean text, times in UTC
// at microsecond precision, no finish reasons rather than an empty list of
// them, and no amount without a price. It shares no slice that it changed with
// c. Canonical calls that are equal are the same delivery.
func Canonical(c analysis.Call) analysis.Call {
	for _, s := range []*string{
		&c.AnalysisID, (*string)(&c.Type), &c.Provider, &c.Operation, &c.RequestModel, &c.ResponseModel,
		&c.ResponseID, &c.ServiceTier, &c.ErrorType, &c.Cost.PriceListVersion,
	} {
		*s = CleanText(*s)
	}
	c.Attribution = canonicalAttribution(c.Attribution)
	c.FinishReasons = canonicalTexts(c.FinishReasons)
	c.Start, c.End = canonicalTime(c.Start), canonicalTime(c.End)
	c.TimeToFirstChunk = c.TimeToFirstChunk.Truncate(time.Microsecond)
	if !c.Cost.Priced {
		c.Cost.Amount = analysis.Amount{}
	}
	return c
}

// CanonicalClosed returns the end of an analysis as every store keeps it.
func CanonicalClosed(c analysis.Closed) analysis.Closed {
	c.AnalysisID = CleanText(c.AnalysisID)
	c.Attribution = canonicalAttribution(c.Attribution)
	c.Start, c.End = canonicalTime(c.Start), canonicalTime(c.End)
	return c
}

func canonicalAttribution(a analysis.Attribution) analysis.Attribution {
	return analysis.Attribution{
		Subject:  CleanText(a.Subject),
		UserID:   CleanText(a.UserID),
		UserTier: CleanText(a.UserTier),
		TenantID: CleanText(a.TenantID),
	}
}

func canonicalTexts(texts []string) []string {
	if len(texts) == 0 {
		return nil
	}
	clean := make([]string, len(texts))
	for i, s := range texts {
		clean[i] = CleanText(s)
	}
	return clean
}

// areClean is false for an empty list that is not nil.
func areClean(texts []string) bool {
	return (texts == nil || len(texts) > 0) && !slices.ContainsFunc(texts, func(s string) bool { return !isClean(s) })
}

func isCanonicalTime(t time.Time) bool {
	return t.Nanosecond()%int(time.Microsecond) == 0 &&
		t == t.UTC().Round(0) //nolint:staticcheck // with its zone, and without a monotonic clock
}

func canonicalTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
