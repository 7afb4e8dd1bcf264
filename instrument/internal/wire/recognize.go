// SPDX-License-Identifier: Apache-2.0

package wire

import "net/http"

// Recognize tells whether req is a billed call to a provider whose wire
// format this package reads, and if so returns the Exchange that reads it.
// It looks at the method, the URL's path and the header, so that proxies and
// local stand-ins are recognized too, and it does not touch the body. The host
// only tells who serves a dialect that many speak. Requests that cost nothing
// (token counts, model lists, files, caches, operations) are not calls, nor
// are those that repeat the usage of a call that was made.
//
// Only Gemini's paths name the model and say whether the answer is a stream;
// elsewhere the Exchange knows both once it has seen the request's body.
func Recognize(req *http.Request) (Exchange, bool) {
	if req.Method != http.MethodPost || req.URL == nil {
		return nil, false
	}
	for _, recognize := range dialects {
		if x, ok := recognize(req); ok {
			return x, true
		}
	}
	return nil, false
}

// dialects holds one function for every wire format, which is given POSTs with
// a URL. A further provider is
// one more file, with its paths and its sinks, and one more line here.
var dialects = []func(*http.Request) (Exchange, bool){
	recognizeGemini,
	recognizeOpenAI,
	recognizeAnthropic,
	recognizeInteractions,
}
