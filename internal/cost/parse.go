// SPDX-License-Identifier: Apache-2.0

package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// format is the number of the file format that Parse reads.
const format = 1

type listFile struct {
	Format  int               `json:"format"`
	Version string            `json:"version"`
	Date    string            `json:"date"`
	Sources []string          `json:"sources"`
	Notes   []string          `json:"notes"`
	Models  []json.RawMessage `json:"models"`
}

// Load reads the price list in the file at path, as Parse does.
func Load(path string) (*PriceList, error) {
	f, err := os.Open(path) // #nosec G304 -- the file that the operator named
	if err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	list, err := Parse(f)
	return list, errors.Join(err, f.Close())
}

// Parse reads a price list: JSON in the format of the built-in one. The list
// stands alone; nothing is taken from the built-in one.
//
// A price may have "from" and "to" (a day, from midnight UTC, or a time as in
// RFC 3339), a "tier", and "tier_factors" that make the prices of other tiers
// of it. It must have "input" and "output"; "cache_read", "cache_write" and
// "input_audio" are those of input where they are left out. "steps" reprice
// whole requests "above" a number of input tokens.
//
// An error names the model and the field. Fields that Parse does not know are
// errors too, for they might have changed a price.
func Parse(r io.Reader) (*PriceList, error) {
	list, err := parse(r)
	if err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	return list, nil
}

func parse(r io.Reader) (*PriceList, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var file listFile
	if err := decodeStrict(data, &file); err != nil {
		return nil, err
	}
	return file.list()
}

func (f *listFile) list() (*PriceList, error) {
	if f.Format != format {
		return nil, fmt.Errorf("format: have %d, want %d", f.Format, format)
	}
	if f.Version == "" {
		return nil, errors.New("version: every cost names its list by it, so it must be there")
	}
	date, err := parseTime(f.Date)
	if err != nil {
		return nil, fmt.Errorf("date: %w", err)
	}
	list := &PriceList{version: f.Version, date: date, sources: f.Sources, notes: f.Notes, index: index{}}
	for i, raw := range f.Models {
		if err := list.addModel(i, raw); err != nil {
			return nil, err
		}
	}
	list.index.inherit()
	return list, nil
}

func (l *PriceList) addModel(i int, raw json.RawMessage) error {
	var m modelFile
	err := decodeStrict(raw, &m)
	where := fmt.Sprintf("models[%d] %q", i, m.Model)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	prices, err := m.prices()
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if err := l.index.add(prices); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	l.prices = append(l.prices, prices...)
	return nil
}

// decodeStrict reads exactly one JSON value without unknown fields.
func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return jsonError(data, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the end of the JSON value")
	}
	return nil
}

// jsonError says where in data a decoding went wrong, in words of the file
// rather than of Go.
func jsonError(data []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mismatch.Field != "" {
		return fmt.Errorf("%s: a JSON %s cannot stand here", mismatch.Field, mismatch.Value)
	}
	return err
}
