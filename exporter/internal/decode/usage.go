// SPDX-License-Identifier: Apache-2.0

package decode

import "github.com/spanledger/spanledger/internal/analysis"

// usage reads the token counts into a zero Usage. What is not there, or makes
// no sense, is unknown.
func (r *reader) usage(u *analysis.Usage) {
	r.reported = false
	if r.span.hasTokens() {
		r.countTokens(u)
	}
	u.Status = r.usageStatus()
}

func (r *reader) countTokens(u *analysis.Usage) {
	if r.span.hasAny(fieldUsageDocument, fieldOutputDetails) {
		r.readDocuments(u)
	}
	r.tokens(&u.Input, fieldInput)
	r.tokens(&u.Output, fieldOutput)
	r.tokens(&u.CacheRead, fieldCacheRead)
	r.tokens(&u.CacheWrite, fieldCacheWrite)
	r.tokens(&u.Reasoning, fieldReasoning)
	r.tokens(&u.ToolUse, fieldToolUse)
	r.tokens(&u.ProviderTotal, fieldTotal)
	if r.span.hasAny(fieldTextInput, fieldVideoOutput) {
		r.modalities(u)
	}
	if !r.leaf && r.span.hasAny(fieldCacheRead, fieldReasoning) && !r.span.has(fieldUsageStatus) {
		r.raiseWholes(u)
	}
	u.LargestInput = r.largestInput(u.Input)
}

func (r *reader) modalities(u *analysis.Usage) {
	r.tokens(&u.InputBy.Text, fieldTextInput)
	r.tokens(&u.InputBy.Image, fieldImageInput)
	r.tokens(&u.InputBy.Audio, fieldAudioInput)
	r.tokens(&u.InputBy.Video, fieldVideoInput)
	r.tokens(&u.OutputBy.Text, fieldTextOutput)
	r.tokens(&u.OutputBy.Image, fieldImageOutput)
	r.tokens(&u.OutputBy.Audio, fieldAudioOutput)
	r.tokens(&u.OutputBy.Video, fieldVideoOutput)
}

// tokens reads a count where there is one.
func (r *reader) tokens(to *analysis.Count, f field) {
	if r.span.has(f) {
		r.report(to, r.count(r.span.values[f], MaxCount))
	}
}

func (r *reader) report(to *analysis.Count, c analysis.Count) {
	*to = c
	r.reported = r.reported || c.IsKnown()
}

// largestInput reads the input of the largest request of a call, which cannot
// be more than all its input.
func (r *reader) largestInput(input analysis.Count) analysis.Count {
	if !r.span.has(fieldLargestInput) {
		return analysis.Unknown()
	}
	largest := r.count(r.span.values[fieldLargestInput], MaxCount)
	if largest.IsKnown() && (!input.IsKnown() || largest.OrZero() > input.OrZero()) {
		r.add(MendCount)
		return analysis.Unknown()
	}
	return largest
}

// usageStatus reads the status that the span gives, where it agrees with the
// counts on whether anything is known. Any count stands for a report.
func (r *reader) usageStatus() analysis.UsageStatus {
	derived := analysis.StatusUnknown
	if r.reported {
		derived = analysis.StatusReported
	}
	name := r.name(fieldUsageStatus)
	if name == "" {
		return derived
	}
	status, err := analysis.ParseUsageStatus(name)
	if err != nil || (status == analysis.StatusUnknown) != (derived == analysis.StatusUnknown) {
		r.add(MendUsageStatus)
		return derived
	}
	return status
}
