// SPDX-License-Identifier: Apache-2.0

// Package cost turns the usage of a call into money, exactly. It knows price
// lists and arithmetic; it knows nothing of telemetry, storage or HTTP.
//
// The main path is [PriceList.Cost]: a call goes in, what it cost comes out,
// or that it is unpriced. The list comes from [Default] or, for a user's own
// prices, from [Load].
//
// All arithmetic is integer. A price is a whole number of micro-dollars per
// million tokens, which is the same whole number of pico-dollars per token,
// so that tokens times price is an [Amount] without rounding.
package cost
