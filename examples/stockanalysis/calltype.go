// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import "github.com/spanledger/spanledger/instrument"

// The call types of an analysis, in the order in which a Result lists them.
const (
	IndicatorSummary      instrument.CallType = "indicator_summary"
	ComprehensiveOverview instrument.CallType = "comprehensive_overview"
	VolumeAnalysis        instrument.CallType = "volume_analysis"
	ReversalPatterns      instrument.CallType = "reversal_patterns"
	ContinuationLevels    instrument.CallType = "continuation_levels"
	FinalDecision         instrument.CallType = "final_decision"
)
