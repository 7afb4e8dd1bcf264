// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// verdictKind says what became of an export.
type verdictKind uint8

const (
	// verdictRetry: the receiver is away, overloaded or set up wrongly, which
	// its operator can mend. The spans are kept.
	verdictRetry verdictKind = iota
	// verdictDelivered: the receiver has the spans, but for those it rejected.
	verdictDelivered
	// verdictRefused: the receiver will never take these spans as they are.
	verdictRefused
	// verdictDoubtful: the receiver calls it final, without saying that the
	// spans are at fault.
	verdictDoubtful
)

type verdict struct {
	kind     verdictKind
	rejected int64
}

// The exporters tell some outcomes by text alone; tests against real
// receivers pin these texts.
var (
	partialSuccess = regexp.MustCompile(`(?s)^traces export: OTLP partial success: .*\((\d+) spans rejected\)`)
	httpStatus     = regexp.MustCompile(`^traces export: failed to send to \S+: (\d{3}) `)
)

// judge decides what an error of ExportSpans means. It follows the OTLP
// specification, but for what the spans cannot be at fault for: an endpoint
// that does not know or admit us is retried.
func judge(err error) verdict {
	if err == nil {
		return verdict{kind: verdictDelivered}
	}
	if m := partialSuccess.FindStringSubmatch(err.Error()); m != nil {
		rejected, _ := strconv.ParseInt(m[1], 10, 64) // the pattern admits digits only
		return verdict{kind: verdictDelivered, rejected: rejected}
	}
	if s, ok := grpcStatus(err); ok {
		return verdict{kind: judgeGRPC(s)}
	}
	if m := httpStatus.FindStringSubmatch(err.Error()); m != nil {
		return verdict{kind: judgeHTTP(m[1])}
	}
	return verdict{kind: verdictRetry}
}

func judgeGRPC(s *status.Status) verdictKind {
	switch s.Code() {
	case codes.InvalidArgument:
		return verdictRefused
	case codes.ResourceExhausted:
		if strings.Contains(s.Message(), "larger than max") {
			return verdictRefused
		}
		return verdictRetry
	case codes.Internal, codes.Unknown, codes.FailedPrecondition, codes.AlreadyExists:
		return verdictDoubtful
	default:
		return verdictRetry
	}
}

func judgeHTTP(code string) verdictKind {
	switch code {
	case "400", "413", "422":
		return verdictRefused
	case "401", "403", "404", "405", "407", "408", "415":
		return verdictRetry
	default:
		return verdictDoubtful
	}
}

type grpcError interface {
	error
	GRPCStatus() *status.Status
}

func grpcStatus(err error) (*status.Status, bool) {
	if e, ok := errors.AsType[grpcError](err); ok {
		return e.GRPCStatus(), true
	}
	return nil, false
}

// classOf names the kind of an error. Its text stays here: a receiver may put
// anything into it.
func classOf(err error) string {
	if s, ok := grpcStatus(err); ok {
		return "gRPC " + s.Code().String()
	}
	if m := httpStatus.FindStringSubmatch(err.Error()); m != nil {
		return "HTTP " + m[1]
	}
	if errors.Is(err, errSpillFull) {
		return errSpillFull.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return "no connection"
	}
	return "temporarily not available"
}
