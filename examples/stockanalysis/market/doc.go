// SPDX-License-Identifier: Apache-2.0

// Package market holds daily prices: the bundled ones, a parser for a user's own CSV file, and the generator
// that made the bundled ones up. It knows nothing of indicators, charts or language models.
//
// The bundled prices are made up. They carry the names of well-known shares so that an answer reads naturally,
// and say nothing about the real ones.
package market
