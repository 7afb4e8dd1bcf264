// SPDX-License-Identifier: Apache-2.0

// Package instrumenttest holds what tests of an instrumented program need
// instead of a real provider: [Gemini], [OpenAI] and [Anthropic], stand-ins for
// the APIs of that name that run in the test's own process, need no network and
// no account, and cost nothing. [RunConformance] is the suite that every wrapper
// of an SDK passes.
//
// The main path: start it, point a real SDK client at its URL, make calls, and
// compare what your program measured with what the stand-in says it answered.
//
//	fake, err := instrumenttest.StartGemini(ctx)
//	defer fake.Close()
//	client, err := genai.NewClient(ctx, &genai.ClientConfig{
//		APIKey:      "any",
//		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
//	})
//	// … calls …
//	for _, exchange := range fake.Exchanges() {
//		fmt.Println(exchange.Model, exchange.Usage.Input(), exchange.Usage.Output())
//	}
//
// # What it speaks
//
// The paths of the developer API (/v1beta/models/…, /v1/models/…) and of
// Vertex AI (/v1beta1/projects/…/publishers/google/models/…), with the methods
// generateContent, streamGenerateContent, countTokens, embedContent and
// batchEmbedContents, the list of models, cached contents, and interactions
// (…/interactions: create, streamed or in the background, and get). A stream is sent
// as server-sent events when the query says alt=sse and as a JSON array
// otherwise; enums are numbers when the query asks for enum-encoding=int. So
// google.golang.org/genai and github.com/google/generative-ai-go both work
// against it unchanged.
//
// # How it counts
//
// Every count follows from the request by a rule simple enough to check by
// hand. The same request gives the same answer and the same counts.
//
//   - Text is a token for every four characters, a begun one included, for each
//     part on its own; see [Tokens]. Function calls, their responses and
//     function declarations count as the text of their compact JSON.
//   - An image is 258 tokens, and so is a page of a document; a document is
//     taken to have one page.
//   - Audio is a token for every 1,000 bytes, video 263 tokens for every 125,000
//     bytes. A file named by its URI counts as one image, one page, or one
//     minute.
//   - The system instruction and the tools' declarations belong to the prompt.
//   - Cached content adds its tokens to the prompt, and is reported as the
//     cached part of it.
//   - A model thinks when it is Gemini 2.5 or later, 2.5 Flash-Lite excepted,
//     or when thinkingConfig asks for it, and does not with a thinking budget of
//     0. It thinks for half of the prompt's tokens: at least 16, at most the
//     budget, and 1,024 where no budget is set.
//   - With code execution switched on, the answer runs a piece of code: the code
//     is output, and code and result together come back as tool-use prompt. Each
//     search tool adds [SearchTokens] of tool-use prompt.
//   - The total is prompt + candidates + thoughts + tool-use prompt.
//
// An answer of several pieces, [Answer.Pieces], comes over as many requests: each
// of them is answered, and counted, by itself.
//
// OpenAI and Anthropic count by the same rules, with these differences:
//
//   - OpenAI's models of the series o and gpt-5 think unless they are asked not
//     to, Anthropic's when they are asked to.
//   - What a server-side tool feeds back is part of the prompt, not beside it.
//   - For Anthropic, what a request marks with cache_control is written to the
//     cache the first time, and read from it from then on, however short it is.
//   - Anthropic reports the prompt and one token of output when a message begins,
//     and all of it when it ends; OpenAI reports at the end alone, and in streams
//     of chat completions only on request.
//
// A stream of Gemini carries cumulative usage in every event. As there, the counts
// start anew after a server-side tool ran, and the last event holds the sum.
package instrumenttest
