// SPDX-License-Identifier: Apache-2.0

package otelsetup

// ConfigError says which setting is wrong and how to mend it. It never holds
// the value of a setting that may hold a secret.
type ConfigError struct {
	// Setting is the name of an environment variable or of a field of Config.
	Setting string
	// Problem says what is wrong with it.
	Problem string
	// Remedy says what to do.
	Remedy string
}

// Error returns all three in one line.
func (e *ConfigError) Error() string {
	return "otelsetup: " + e.Setting + ": " + e.Problem + "; " + e.Remedy
}
