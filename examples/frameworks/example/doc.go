// SPDX-License-Identifier: Apache-2.0

// Package example is what the examples of this module share: where the
// providers are, and a main function. By default both are local stand-ins, so
// that a program runs without an account and without a network; with --real they
// are the providers themselves, called with the keys of the environment.
package example
