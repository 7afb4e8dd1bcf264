// SPDX-License-Identifier: Apache-2.0

package postgres

// Validate reports whether the config can name a ledger. It connects to
// nothing.
func Validate(config Config) error {
	_, _, err := config.pool()
	return err
}
