// SPDX-License-Identifier: Apache-2.0

// Package indicator computes the technical indicators that the analysis talks about: moving averages, RSI, MACD,
// Bollinger bands, volume figures and swing points. It knows prices, nothing of charts or language models.
//
// Compute gives the whole Series for the charts; Series.Latest the Values of the last day for the prompts.
package indicator
