// SPDX-License-Identifier: Apache-2.0

package ledgertest

import "strings"

// HostileTexts are valid text that careless code breaks on.
var HostileTexts = []string{
	`'; DROP TABLE call; --`,
	`"quoted" 'and' ` + "`ticked`",
	"two\nlines\r\nand a tab\t",
	`back\slash \x00 \u0000 %s %d $1 ?1 :name @x`,
	"\u202Eright to left \u05D0\u05D1\u05D2",
	"\u0627\u0644\u0639\u0631\u0628\u064A\u0629",
	"emoji \U0001F469\u200D\U0001F680 \U0001F1E9\U0001F1EA",
	"e\u0301 and \u00E9 are not the same bytes",
	"\u001B[31mred\u0007\u007F",
	`{"json": [1, null]} <b>&amp;</b>`,
	"=1+1,\"comma\";semicolon",
	strings.Repeat("ten thousand bytes ", 527),
	" leading and trailing ",
	"\uFEFF\uFFFD\U0010FFFF",
}

var (
	callTypes = []string{
		"indicator_summary", "comprehensive_overview", "volume_analysis", "Final_decision",
		"additional_content/write_tweet", "\u00FCbersicht",
	}
	providers     = []string{"gcp.gemini", "gcp.vertex_ai", "openai", "anthropic"}
	operations    = []string{"generate_content", "chat", "embeddings"}
	models        = []string{"gemini-2.5-pro", "gemini-2.5-flash", "gpt-5", "claude-opus-4-5"}
	tiers         = []string{"", "", "standard", "flex", "batch", "priority", "provisioned"}
	errorTypes    = []string{"", "", "", "", "429", "503", "timeout", "context_canceled"}
	finishReasons = []string{"stop", "length", "content_filter", "tool_calls"}
	priceLists    = []string{"builtin-2026-11-01", "custom-7"}
	subjects      = []string{"RELIANCE", "apple", "Zed", "\u00E9cole", ""}
	users         = []string{"u-7", "U-7", "u-10", ""}
	userTiers     = []string{"free", "pro", ""}
	tenants       = []string{"acme", "Zeta", ""}
)
