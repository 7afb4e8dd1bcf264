// SPDX-License-Identifier: Apache-2.0

// Package stockanalysis is an application as its owner would write it: it judges a share from a year of daily prices
// with six calls to Gemini, and tells what the six calls used. It stands on public packages only, so that every line
// can be copied.
//
// [GeminiCore] makes single calls on a genai client that the caller made and instrumented. [GeminiClient] computes
// the indicators, draws the charts, asks its six questions and returns a [Result]:
//
//	err = gemini.Instrument(client)
//	core := stockanalysis.NewGeminiCore(client, stockanalysis.CoreConfig{})
//	analyst := stockanalysis.NewGeminiClient(core, stockanalysis.ClientConfig{})
//	result, err := analyst.AnalyzeStock(ctx, "RELIANCE", days)
//	fmt.Println(result.Metadata.TokenUsage.String())
//
// The packages below it hold the prices (market), the indicators, the charts, the application's own table (storage)
// and prepared answers for runs without Gemini (standin). Nothing here is advice to buy or sell anything.
package stockanalysis
