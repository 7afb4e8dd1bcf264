// SPDX-License-Identifier: Apache-2.0

package instrument

import "github.com/spanledger/spanledger/internal/analysis"

// addUsage returns what two attempts used together. An attempt that reported
// nothing, such as one that was refused, changes nothing.
func addUsage(a, b Usage) Usage {
	switch {
	case b.Status == StatusUnknown:
		return a
	case a.Status == StatusUnknown:
		return b
	}
	return Usage{
		Status:        weaker(a.Status, b.Status),
		Input:         a.Input.Add(b.Input),
		Output:        a.Output.Add(b.Output),
		CacheRead:     a.CacheRead.Add(b.CacheRead),
		CacheWrite:    a.CacheWrite.Add(b.CacheWrite),
		Reasoning:     a.Reasoning.Add(b.Reasoning),
		ToolUse:       a.ToolUse.Add(b.ToolUse),
		ProviderTotal: a.ProviderTotal.Add(b.ProviderTotal),
		InputBy:       addModalities(a.InputBy, b.InputBy),
		OutputBy:      addModalities(a.OutputBy, b.OutputBy),
	}
}

func addModalities(a, b Modalities) Modalities {
	return Modalities{
		Text:  a.Text.Add(b.Text),
		Image: a.Image.Add(b.Image),
		Audio: a.Audio.Add(b.Audio),
		Video: a.Video.Add(b.Video),
	}
}

// weaker returns the status that can be trusted less.
func weaker(a, b UsageStatus) UsageStatus {
	for _, status := range []UsageStatus{StatusPartial, StatusEstimated} {
		if a == status || b == status {
			return status
		}
	}
	return StatusReported
}

// givenUsage returns the usage that the application gave, and false where it
// gave none.
func givenUsage(u Usage) (Usage, bool) {
	if u == (Usage{}) {
		return Usage{}, false
	}
	if u.Status == StatusUnknown && (u.Input.IsKnown() || u.Output.IsKnown()) {
		u.Status = analysis.StatusReported
	}
	return u, true
}
