// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// What the stand-in takes for one of each, in tokens.
const (
	// ImageTokens is one image of any size.
	ImageTokens = 258
	// PageTokens is one page of a document.
	PageTokens = 258
	// VideoSecondTokens is one second of video.
	VideoSecondTokens = 263
	// AudioSecondTokens is one second of audio.
	AudioSecondTokens = 32
	// SearchTokens is what one search tool feeds back into the model.
	SearchTokens = 100
	// DefaultCachedTokens is a cached content that was created elsewhere.
	DefaultCachedTokens = 2048
)

const (
	charsPerToken       = 4
	audioBytesPerToken  = 1_000   // 32,000 bytes a second: 16 kHz, 16 bit, mono
	videoBytesPerSecond = 125_000 // one megabit a second
	fileSeconds         = 60      // of a file that only its URI is known of
)

// Tokens counts text as the stand-in does: a token for every four characters,
// a begun one included. Characters are Unicode code points.
func Tokens(text string) int {
	return perUnit(utf8.RuneCountInString(text), charsPerToken)
}

// perUnit is n / unit, rounded up.
func perUnit(n, unit int) int { return (n + unit - 1) / unit }

func (c content) tokens() Modalities {
	var sum Modalities
	for i := range c.Parts {
		sum = sum.Add(c.Parts[i].tokens())
	}
	return sum
}

func (p *part) tokens() Modalities {
	sum := Modalities{Text: Tokens(p.Text)}
	for _, raw := range []json.RawMessage{
		p.FunctionCall, p.FunctionResponse, p.ExecutableCode, p.CodeExecutionResult,
	} {
		sum.Text += jsonTokens(raw)
	}
	if p.InlineData != nil {
		sum = sum.Add(p.InlineData.tokens())
	}
	if p.FileData != nil {
		sum = sum.Add(p.FileData.tokens())
	}
	return sum
}

// jsonTokens counts a JSON value as the text of its compact form, so that
// white space, which some SDKs vary on purpose, does not matter.
func jsonTokens(raw json.RawMessage) int {
	var compact bytes.Buffer
	if len(raw) == 0 || json.Compact(&compact, raw) != nil {
		return 0
	}
	return Tokens(compact.String())
}

func (b *blob) tokens() Modalities {
	size := b.size()
	switch family(b.MimeType) {
	case "image":
		return Modalities{Image: ImageTokens}
	case "audio":
		return Modalities{Audio: perUnit(size, audioBytesPerToken)}
	case "video":
		return Modalities{Video: perUnit(size, videoBytesPerSecond) * VideoSecondTokens}
	case "text":
		return Modalities{Text: perUnit(size, charsPerToken)}
	default:
		return Modalities{Document: PageTokens}
	}
}

// size is the number of bytes that the base64 text stands for.
func (b *blob) size() int {
	return len(strings.TrimRight(b.Data, "=")) * 3 / 4
}

func (f *fileData) tokens() Modalities {
	switch family(f.MimeType) {
	case "image":
		return Modalities{Image: ImageTokens}
	case "audio":
		return Modalities{Audio: fileSeconds * AudioSecondTokens}
	case "video":
		return Modalities{Video: fileSeconds * VideoSecondTokens}
	default:
		return Modalities{Document: PageTokens}
	}
}

func family(mimeType string) string {
	kind, _, _ := strings.Cut(mimeType, "/")
	return strings.ToLower(kind)
}
