// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"strconv"

	"github.com/spanledger/spanledger/internal/analysis"
)

// comparison holds one row of a view against what the rows of the ledger add
// up to.
type comparison struct {
	columns []Column
	// rows and sums say on which side there is anything.
	rows, sums bool
	// dropped says that calls have been dropped, and ended that ends have been
	// taken, whose attribution is merged and not kept.
	dropped, ended bool
	truth          *analysis.Summary
	cells          []cell
	at             Difference
}

func (c *comparison) report(report func(Difference)) {
	if !c.rows && c.dropped {
		return
	}
	if !c.rows || !c.sums {
		d := c.at
		d.Column, d.InSums, d.InRows = columnCallsOfType, "0", number(c.truth.Calls)
		if c.sums {
			d.InSums = number(countIn(c.columns, c.cells))
		}
		report(d)
		return
	}
	for i := range c.columns {
		column := &c.columns[i]
		if c.dropped && c.truth.Calls == 0 && !c.cells[i].known {
			continue // of no call, nothing is unknown; of those that were dropped it may be
		}
		fewer := c.dropped || (c.ended && column.Kind == Text)
		if inRows := column.of(c.truth); !column.agrees(c.cells[i], inRows, fewer) {
			d := c.at
			d.Column, d.InSums, d.InRows = column.Name, c.cells[i].String(), inRows.String()
			report(d)
		}
	}
}

// countIn returns the number of calls among the cells.
func countIn(columns []Column, cells []cell) int64 {
	for i := range columns {
		if columns[i].Name == columnCalls || columns[i].Name == columnCallsOfType {
			n, _ := strconv.ParseInt(cells[i].text, 10, 64)
			return n
		}
	}
	return 0
}

func readAll(columns []Column, texts []*string) []cell {
	cells := make([]cell, len(columns))
	for i := range columns {
		cells[i] = columns[i].read(texts[i])
	}
	return cells
}

func cellsOf(columns []Column, s *analysis.Summary) []cell {
	cells := make([]cell, len(columns))
	for i := range columns {
		cells[i] = columns[i].of(s)
	}
	return cells
}
