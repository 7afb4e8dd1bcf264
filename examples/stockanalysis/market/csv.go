// SPDX-License-Identifier: Apache-2.0

package market

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const csvHeader = "date,open,high,low,close,volume"

// ReadCSV parses days from a file with the columns date, open, high, low, close and volume under a heading line.
// Lines that start with # are comments. The days are returned only when ValidateDays finds nothing wrong with them.
func ReadCSV(r io.Reader) ([]Day, error) {
	reader := csv.NewReader(r)
	reader.Comment = '#'
	reader.FieldsPerRecord = strings.Count(csvHeader, ",") + 1
	records, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	if len(records) == 0 || strings.Join(records[0], ",") != csvHeader {
		return nil, fmt.Errorf("read prices: the first line must be %q", csvHeader)
	}
	days, err := parseRecords(records[1:])
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	return days, nil
}

// WriteCSV writes days in the form that ReadCSV reads, each line of comment first and marked as one.
func WriteCSV(w io.Writer, comment string, days []Day) error {
	var b strings.Builder
	for line := range strings.Lines(comment) {
		b.WriteString("# " + strings.TrimSpace(line) + "\n")
	}
	b.WriteString(csvHeader + "\n")
	for _, d := range days {
		date := d.Date.Format(time.DateOnly)
		fmt.Fprintf(&b, "%s,%.2f,%.2f,%.2f,%.2f,%d\n", date, d.Open, d.High, d.Low, d.Close, d.Volume)
	}
	_, err := io.WriteString(w, b.String())
	if err != nil {
		return fmt.Errorf("write prices: %w", err)
	}
	return nil
}

func parseRecords(records [][]string) ([]Day, error) {
	days := make([]Day, 0, len(records))
	for i, record := range records {
		d, err := parseDay(record)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		days = append(days, d)
	}
	return days, ValidateDays(days)
}

func parseDay(record []string) (Day, error) {
	date, err := time.Parse(time.DateOnly, record[0])
	if err != nil {
		return Day{}, fmt.Errorf("date: %w", err)
	}
	d := Day{Date: date}
	for i, field := range []*float64{&d.Open, &d.High, &d.Low, &d.Close} {
		if *field, err = strconv.ParseFloat(record[i+1], 64); err != nil {
			return Day{}, fmt.Errorf("price: %w", err)
		}
	}
	if d.Volume, err = strconv.ParseInt(record[5], 10, 64); err != nil {
		return Day{}, fmt.Errorf("volume: %w", err)
	}
	return d, nil
}
