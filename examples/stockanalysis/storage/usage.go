// SPDX-License-Identifier: Apache-2.0

package storage

import "github.com/spanledger/spanledger/instrument"

// usage is a Summary as the columns of migration 002 hold it; nil is unknown.
type usage struct {
	Input, Output, Total *int64
	Calls                int64
	Breakdown            map[string]stepUsage
}

// stepUsage is one call type in token_usage_breakdown, under the names that the ledger uses for its own.
type stepUsage struct {
	Calls      int64  `json:"calls"`
	Successful int64  `json:"successful_calls"`
	Failed     int64  `json:"failed_calls"`
	Input      *int64 `json:"total_input_tokens"`
	Output     *int64 `json:"total_output_tokens"`
	Total      *int64 `json:"total_tokens"`
}

func usageOf(s *instrument.Summary) usage {
	u := usage{
		Input:     orNil(s.InputTokens()),
		Output:    orNil(s.OutputTokens()),
		Total:     orNil(s.TotalTokens()),
		Calls:     s.Calls,
		Breakdown: make(map[string]stepUsage, len(s.Breakdowns)),
	}
	for i := range s.Breakdowns {
		b := &s.Breakdowns[i]
		u.Breakdown[string(b.CallType)] = stepUsage{
			Calls: b.Calls, Successful: b.Succeeded(), Failed: b.Failed,
			Input:  orNil(b.InputTokens()),
			Output: orNil(b.OutputTokens()),
			Total:  orNil(b.TotalTokens()),
		}
	}
	return u
}

func orNil(c instrument.Count) *int64 {
	n, known := c.Value()
	if !known {
		return nil
	}
	return &n
}
