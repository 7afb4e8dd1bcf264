// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

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
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= MaxText {
		return s
	}
	digest := sha256.Sum256([]byte(s))
	tail := "~" + hex.EncodeToString(digest[:16])
	return strings.ToValidUTF8(s[:MaxText-len(tail)], "") + tail
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

func canonicalTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
