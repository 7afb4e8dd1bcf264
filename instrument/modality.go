// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/semconv"
)

// modality is a kind of content; it is a value of gen_ai.token.modality.
type modality uint8

const (
	modalityText modality = iota
	modalityImage
	modalityAudio
	modalityVideo
	modalityUnknown
	modalities
)

func (m modality) String() string {
	return [modalities]string{
		semconv.ModalityText, semconv.ModalityImage, semconv.ModalityAudio, semconv.ModalityVideo,
		semconv.ModalityUnknown,
	}[m]
}

// split is a number of tokens by modality. Its parts add up to the whole.
type split [modalities]int64

// splitModalities gives each modality what the provider said, and the rest of
// the whole to the unknown one. Providers leave parts out, and some give parts
// of another whole: what exceeds the whole is cut, so that a sum over the
// modalities is always right.
func splitModalities(whole Count, by Modalities) (s split) {
	rest := whole.OrZero()
	for i, part := range [...]Count{by.Text, by.Image, by.Audio, by.Video} {
		s[i] = min(max(part.OrZero(), 0), rest)
		rest -= s[i]
	}
	s[modalityUnknown] = rest
	return s
}

// sole returns the modality that all tokens have, else the unknown one.
func (s *split) sole() modality {
	found := modalityUnknown
	for m := range modalities {
		switch {
		case s[m] == 0:
		case found == modalityUnknown:
			found = m
		default:
			return modalityUnknown
		}
	}
	return found
}

// add counts the tokens. A call that used none, as far as is known, counts as
// zero of the unknown modality.
func (s *split) add(ctx context.Context, to metric.Int64Counter, options *callOptions) {
	none := true
	for m, n := range s {
		if n > 0 {
			none = false
			to.Add(ctx, n, options.modality[m]...)
		}
	}
	if none {
		to.Add(ctx, 0, options.modality[modalityUnknown]...)
	}
}

// addPart counts a part of the tokens. Of what modality it is can be told where
// the whole is of one.
func (s *split) addPart(ctx context.Context, to metric.Int64Counter, part Count, options *callOptions) {
	if n, known := part.Value(); known {
		to.Add(ctx, n, options.modality[s.sole()]...)
	}
}
