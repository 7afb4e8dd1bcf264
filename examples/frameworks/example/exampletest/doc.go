// SPDX-License-Identifier: Apache-2.0

// Package exampletest runs an example against the stand-ins and holds its spans
// and its summary against what they answered.
package exampletest
