// SPDX-License-Identifier: Apache-2.0

package cli

import "io"

// output remembers the first error of its writer: help texts and tables are
// written by libraries that do not look.
type output struct {
	w   io.Writer
	err error
}

// Write writes until there was an error, and returns that one from then on.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(b)
	o.err = err
	return n, err
}
