// SPDX-License-Identifier: Apache-2.0

package web

import (
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

//go:embed templates/*.html
var files embed.FS

// parsePages returns the pages by the names of their files.
func parsePages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"calls":   callCount,
		"cost":    cost,
		"known":   analysis.Known,
		"link":    link,
		"percent": func(rate float64) string { return fmt.Sprintf("%.1f %%", 100*rate) },
		"time":    clock,
		"took":    took,
		"total":   total,
	}).ParseFS(files, "templates/*.html")
}

// link returns the path of an analysis's page. An id may hold slashes,
// question marks and percent signs, which the template would leave as they
// are.
func link(id string) string { return "/analyses/" + url.PathEscape(id) }

func callCount(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return analysis.Known(n).String() + " calls"
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format(time.DateTime)
}

func took(d time.Duration) string {
	if d < time.Millisecond {
		return d.Round(time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func cost(c analysis.Cost) string {
	if !c.Priced {
		return "unknown"
	}
	return "$" + c.Amount.String()
}

// total returns the sum of the known costs, priced where there is one.
func total(t analysis.Totals) analysis.Cost {
	amount, known := t.CostUSD()
	return analysis.Cost{Amount: amount, Priced: known}
}
