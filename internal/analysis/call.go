// SPDX-License-Identifier: Apache-2.0

package analysis

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"time"
)

// CallType is the application's name for the step that a Call is, of low
// cardinality: "indicator_summary". A slash makes levels:
// "additional_content/write_tweet".
type CallType string

// TraceID identifies a trace, as W3C trace context has it.
type TraceID [16]byte

// SpanID identifies a span within its trace.
type SpanID [8]byte

// String returns the id in lower-case hexadecimal.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// String returns the id in lower-case hexadecimal, or "" for the zero id.
func (id SpanID) String() string {
	if id == (SpanID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// SpanKey identifies a Call: however often it is delivered, it counts once.
type SpanKey struct {
	Trace TraceID
	Span  SpanID
}

// Compare orders keys by their bytes.
func (k SpanKey) Compare(o SpanKey) int {
	return cmp.Or(bytes.Compare(k.Trace[:], o.Trace[:]), bytes.Compare(k.Span[:], o.Span[:]))
}

// Attribution says what an Analysis is about and who pays for it. Empty
// fields are not known.
type Attribution struct {
	Subject  string
	UserID   string
	UserTier string
	TenantID string
}

// Merge returns what both know together. Where they disagree, the smaller
// text in byte order wins, so that the order of arrival decides nothing.
func (a Attribution) Merge(o Attribution) Attribution {
	return Attribution{
		Subject:  smallerKnown(a.Subject, o.Subject),
		UserID:   smallerKnown(a.UserID, o.UserID),
		UserTier: smallerKnown(a.UserTier, o.UserTier),
		TenantID: smallerKnown(a.TenantID, o.TenantID),
	}
}

func smallerKnown(a, b string) string {
	if a == "" || (b != "" && b < a) {
		return b
	}
	return a
}

// Call is one logical request to a provider, its retries and its whole stream
// included: one span.
type Call struct {
	Key    SpanKey
	Parent SpanID
	// Leaf says that whoever recorded the span made sure that no other span
	// stands for the same call. Of other spans, one that is the parent of
	// another call's sums that one up.
	Leaf bool

	AnalysisID  string
	Attribution Attribution
	Type        CallType

	Provider      string
	Operation     string
	RequestModel  string
	ResponseModel string
	ResponseID    string
	// ServiceTier is the tier that served the call: "standard", "flex",
	// "batch", "priority", "provisioned", or "" where nothing told.
	ServiceTier   string
	FinishReasons []string
	Stream        bool
	// Attempts is the number of requests sent, at least 1.
	Attempts int

	// Start and End have microsecond precision once stored.
	Start, End time.Time
	// TimeToFirstChunk is 0 where the call did not stream.
	TimeToFirstChunk time.Duration

	Usage Usage
	// ErrorType is the class of failure, "" for a call that worked.
	ErrorType string

	// Cost is what the call cost, by the price list named beside it.
	Cost Cost
}

// Cost is the price of one Call. The zero Cost is unpriced.
type Cost struct {
	Amount Amount
	// Priced is false where no price matched or the usage is unknown.
	Priced bool
	// PriceListVersion names the list the amount comes from.
	PriceListVersion string
}

// Succeeded reports whether the call worked.
func (c *Call) Succeeded() bool { return c.ErrorType == "" }

// Duration returns how long the call took, its whole stream included.
func (c *Call) Duration() time.Duration { return c.End.Sub(c.Start) }

// Model returns the model that answered, or where that is not known the one
// that was asked.
func (c *Call) Model() string { return cmp.Or(c.ResponseModel, c.RequestModel) }
