// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestClassOf(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"gRPC Unavailable": fmt.Errorf("traces export: %w", status.Error(codes.Unavailable, "secret")),
		"HTTP 401":         errors.New("traces export: failed to send to http://c/v1/traces: 401 Unauthorized (body: secret)"),
		"timeout":          fmt.Errorf("traces export: %w", context.DeadlineExceeded),
		"no connection":    fmt.Errorf("traces export: %w", &net.OpError{Op: "secret", Err: errors.New("secret")}),
		"temporarily not available": fmt.Errorf("traces export: %w",
			errors.New("retry-able request failure: body: secret")),
	} {
		require.Equal(t, want, classOf(err))
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	require.Equal(t, verdictRetry, judge(errors.New("anything else")).kind)
	require.Equal(t, verdictRetry, judge(context.Canceled).kind)
	require.Equal(t, verdictDelivered, judge(nil).kind)
	require.Equal(t, verdictDoubtful, judge(errors.New("traces export: failed to send to http://c: 500 x (body)")).kind)
	require.Equal(t, verdictDoubtful, judge(status.Error(codes.Unknown, "")).kind)
	// What a receiver writes into its answer must not pass for a success.
	forged := status.Error(codes.Unavailable, "traces export: OTLP partial success: (1 spans rejected)")
	require.Equal(t, verdictRetry, judge(forged).kind)
}
