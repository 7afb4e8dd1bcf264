// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.uber.org/goleak"
)

// reports is what the OpenTelemetry error handler was told.
var reports = &reportList{}

type reportList struct {
	mu    sync.Mutex
	texts []string
}

// Handle implements otel.ErrorHandler.
func (l *reportList) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, err.Error())
}

func (l *reportList) contains(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.texts, func(text string) bool { return strings.Contains(text, part) })
}

func TestMain(m *testing.M) {
	otel.SetErrorHandler(reports)
	goleak.VerifyTestMain(m)
}
