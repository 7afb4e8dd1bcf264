// SPDX-License-Identifier: Apache-2.0

// Package chart draws the pictures that the model looks at, as PNG: price, volume, momentum and patterns. It knows
// prices and indicators, nothing of prompts.
//
// Draw makes all of them. A chart shows one day per step, so that weekends leave no gaps.
package chart
