// SPDX-License-Identifier: Apache-2.0

package stockanalysis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

func TestGeminiCore(t *testing.T) {
	t.Parallel()
	picture := []byte("\x89PNG\r\n\x1a\n")
	tests := []struct {
		name       string
		call       func(context.Context, *stockanalysis.GeminiCore) (string, []stockanalysis.CodeRun, error)
		wantImages int
		wantRuns   int
	}{
		{
			name: "Text",
			call: func(ctx context.Context, c *stockanalysis.GeminiCore) (string, []stockanalysis.CodeRun, error) {
				text, err := c.CallLLM(ctx, "question")
				return text, nil, err
			},
		},
		{
			name: "CodeExecution", wantRuns: 1,
			call: func(ctx context.Context, c *stockanalysis.GeminiCore) (string, []stockanalysis.CodeRun, error) {
				return c.CallLLMWithCodeExecution(ctx, "question")
			},
		},
		{
			name: "Image", wantImages: 1,
			call: func(ctx context.Context, c *stockanalysis.GeminiCore) (string, []stockanalysis.CodeRun, error) {
				text, err := c.CallLLMWithImage(ctx, "question", picture)
				return text, nil, err
			},
		},
		{
			name: "Images", wantImages: 3,
			call: func(ctx context.Context, c *stockanalysis.GeminiCore) (string, []stockanalysis.CodeRun, error) {
				text, err := c.CallLLMWithImages(ctx, "question", picture, picture, picture)
				return text, nil, err
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newQuickHarness(t, stockanalysis.CoreConfig{})
			h.log.respond = func(instrumenttest.Request) instrumenttest.Answer {
				return instrumenttest.Answer{Text: "answer", Code: "print(1)", Output: "1\n"}
			}
			text, runs, err := tt.call(t.Context(), h.core)
			require.NoError(t, err)
			require.Equal(t, "answer", text)
			require.Len(t, runs, tt.wantRuns)
			for _, run := range runs {
				require.Equal(t, stockanalysis.CodeRun{Code: "print(1)", Output: "1\n", OK: true}, run)
			}
			requests := h.log.all()
			require.Len(t, requests, 1)
			require.Equal(t, "question", requests[0].Prompt)
			require.Equal(t, tt.wantImages, requests[0].Images)
			require.Equal(t, stockanalysis.DefaultModel, requests[0].Model)
		})
	}
}

func TestGeminiCore_Errors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault     instrumenttest.Fault
		timeout   time.Duration
		wantClass string
	}{
		"Status": {
			fault:     instrumenttest.Fault{Status: http.StatusTooManyRequests},
			wantClass: "429 RESOURCE_EXHAUSTED",
		},
		"Blocked": {fault: instrumenttest.Fault{BlockReason: "SAFETY"}, wantClass: "no answer"},
		"Timeout": {
			fault:     instrumenttest.Fault{Delay: time.Hour},
			timeout:   50 * time.Millisecond,
			wantClass: "timeout",
		},
		"Garbage": {fault: instrumenttest.Fault{Garbage: true}, wantClass: "other"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newQuickHarness(t, stockanalysis.CoreConfig{Timeout: tt.timeout})
			h.fake.Fail(1, tt.fault)
			text, err := h.core.CallLLM(t.Context(), "question")
			require.Error(t, err)
			require.Empty(t, text)
			require.Equal(t, tt.wantClass, stockanalysis.ErrorClass(err))
		})
	}
	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		h := newQuickHarness(t, stockanalysis.CoreConfig{})
		require.NoError(t, h.fake.Close())
		_, err := h.core.CallLLM(t.Context(), "question")
		require.Equal(t, "no connection", stockanalysis.ErrorClass(err))
	})
}

// The class must hold nothing of the error's text, which may quote a prompt.
func TestErrorClass(t *testing.T) {
	t.Parallel()
	secret := errors.New("the prompt was: secret")
	tests := map[string]error{
		"429 RESOURCE_EXHAUSTED": genai.APIError{Code: 429, Status: "RESOURCE_EXHAUSTED", Message: "secret"},
		"500":                    fmt.Errorf("ask: %w", genai.APIError{Code: 500, Message: "secret"}),
		"no answer":              fmt.Errorf("%w: SAFETY", stockanalysis.ErrNoAnswer),
		"canceled":               fmt.Errorf("secret: %w", context.Canceled),
		"timeout":                fmt.Errorf("secret: %w", context.DeadlineExceeded),
		"no connection":          &net.OpError{Op: "dial", Err: secret},
		"other":                  secret,
	}
	for want, err := range tests {
		require.Equal(t, want, stockanalysis.ErrorClass(err))
	}
}
