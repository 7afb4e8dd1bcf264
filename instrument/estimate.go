// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"unicode/utf8"

	"github.com/spanledger/spanledger/instrument/internal/content"
)

// Estimator counts the tokens of a text where the provider did not.
type Estimator interface {
	// Tokens returns how many tokens the text has for a model, and false where
	// it does not know the model; then four characters are taken for a token.
	// It may be called from many goroutines at once, while the client waits.
	Tokens(model, text string) (tokens int64, ok bool)
}

// EstimatorFunc is a function that is an [Estimator].
type EstimatorFunc func(model, text string) (tokens int64, ok bool)

// Tokens implements [Estimator].
func (f EstimatorFunc) Tokens(model, text string) (int64, bool) { return f(model, text) }

// WithEstimator has the usage of a call estimated where its provider reported
// none, and marked as StatusEstimated wherever it goes. Nil stands for four
// characters a token, whatever the model.
//
// An estimate is made for requests that were sent and not refused: a status of
// 400 and above, or a connection that failed, leaves the usage unknown. The
// input is what the texts of the request come to: instructions, messages and
// tools. The output is that of the answer as far as it was read, so that for a
// stream that was cut it is what had come. Images, audio and other media do
// not count, nor does reasoning that the provider keeps to itself: an estimate
// tends to be low. What a provider reported, in part too, is never replaced.
//
// Without this option nothing is estimated, which is the default, and no body
// is kept for it.
func WithEstimator(estimator Estimator) Option {
	return callOption(func(c *callConfig) { c.bodies.estimates, c.bodies.estimator = true, estimator })
}

// charactersPerToken is the usual rule for text in English.
const charactersPerToken = 4

// estimate is the number of tokens that a content comes to.
type estimate struct {
	input, output int64
	inputOnly     bool // there is no output, or it cannot be read
}

func (b *bodies) estimate(model string, c *Content, l *losses) estimate {
	return estimate{input: b.count(model, c.Texts, l), output: b.count(model, c.AnswerTexts, l)}
}

// times counts bodies in proportion of which only the beginning was kept.
func (e estimate) times(asked, answered float64) estimate {
	return estimate{input: int64(float64(e.input) * asked), output: int64(float64(e.output) * answered)}
}

// share returns by how much a body is longer than what was kept of it.
func share(b *content.Buffer) float64 {
	kept := float64(len(b.Bytes()))
	if kept == 0 {
		return 1
	}
	return (kept + float64(b.Missing())) / kept
}

// fill puts the estimate in the place of what is unknown.
func (e estimate) fill(u *Usage) {
	u.Status, u.Input = StatusEstimated, Known(e.input)
	if !e.inputOnly {
		u.Output = Known(e.output)
	}
}

// count adds the tokens of texts up.
func (b *bodies) count(model string, texts func(func(string)), l *losses) int64 {
	var tokens, characters int64
	texts(func(s string) {
		if n, ok := b.tokens(model, s, l); ok {
			tokens += n
			return
		}
		characters += int64(utf8.RuneCountInString(s))
	})
	return tokens + (characters+charactersPerToken-1)/charactersPerToken
}

// tokens asks the estimator; one that panics does not know.
func (b *bodies) tokens(model, s string, l *losses) (n int64, ok bool) {
	if b.estimator == nil || s == "" {
		return 0, s == ""
	}
	defer l.contain()
	n, ok = b.estimator.Tokens(model, s)
	return n, ok && n >= 0
}
