// SPDX-License-Identifier: Apache-2.0

package instrument

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
		LargestInput:  largestInput(&a, &b),
		ProviderTotal: a.ProviderTotal.Add(b.ProviderTotal),
		InputBy:       addModalities(a.InputBy, b.InputBy),
		OutputBy:      addModalities(a.OutputBy, b.OutputBy),
	}
}

// largestInput returns the input of the largest request of two attempts; where
// only one of them reported its input, what was known of that one.
func largestInput(a, b *Usage) Count {
	switch {
	case !a.Input.IsKnown():
		return b.LargestInput
	case !b.Input.IsKnown():
		return a.LargestInput
	}
	return Known(max(a.LargestRequest().OrZero(), b.LargestRequest().OrZero()))
}

func addModalities(a, b Modalities) Modalities {
	return Modalities{
		Text:  a.Text.Add(b.Text),
		Image: a.Image.Add(b.Image),
		Audio: a.Audio.Add(b.Audio),
		Video: a.Video.Add(b.Video),
	}
}

// weaker returns the status that can be trusted less: what is estimated in part
// is no lower bound.
func weaker(a, b UsageStatus) UsageStatus {
	for _, status := range []UsageStatus{StatusEstimated, StatusPartial} {
		if a == status || b == status {
			return status
		}
	}
	return StatusReported
}

// givenUsage mends what the application gave, so that nobody who reads it
// later has to: a count below zero is unknown, and so is a largest request
// beyond all input; a status that contradicts the counts gives way to them.
func givenUsage(u Usage) Usage {
	known := false
	for _, c := range []*Count{
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.Reasoning, &u.ToolUse, &u.ProviderTotal,
		&u.InputBy.Text, &u.InputBy.Image, &u.InputBy.Audio, &u.InputBy.Video,
		&u.OutputBy.Text, &u.OutputBy.Image, &u.OutputBy.Audio, &u.OutputBy.Video,
	} {
		if c.OrZero() < 0 {
			*c = Count{}
		}
		known = known || c.IsKnown()
	}
	if largest := u.LargestInput.OrZero(); largest < 0 || largest > u.Input.OrZero() || !u.Input.IsKnown() {
		u.LargestInput = Count{}
	}
	switch {
	case !known:
		u.Status = StatusUnknown
	case u.Status == StatusUnknown:
		u.Status = StatusReported
	}
	return u
}
