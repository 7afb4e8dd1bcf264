// SPDX-License-Identifier: Apache-2.0

package app

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// startFailures are log entries, as the Collector words them, that repeat the
// error which it stops with. The command prints that error, once.
var startFailures = map[string]bool{
	"Failed to start component":                 true,
	"error found during service initialization": true,
}

// loggingOptions keep the Collector's log to what nothing else tells, one line
// for each entry.
func loggingOptions() []zap.Option {
	return []zap.Option{
		zap.AddStacktrace(zapcore.FatalLevel),
		zap.WrapCore(func(core zapcore.Core) zapcore.Core { return quietCore{core} }),
	}
}

// quietCore leaves startFailures out.
type quietCore struct{ zapcore.Core }

// With implements zapcore.Core.
func (c quietCore) With(fields []zapcore.Field) zapcore.Core { return quietCore{c.Core.With(fields)} }

// Check implements zapcore.Core.
func (c quietCore) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if startFailures[entry.Message] {
		return checked
	}
	return c.Core.Check(entry, checked)
}
