// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spanledger/spanledger/examples/stockanalysis"
	"github.com/spanledger/spanledger/examples/stockanalysis/market"
	"github.com/spanledger/spanledger/examples/stockanalysis/storage"
)

// days are the bundled prices of the symbol, or those of the file.
func (o options) days() ([]market.Day, error) {
	if o.prices == "" {
		return market.Bundled(o.symbol)
	}
	f, err := os.Open(o.prices)
	if err != nil {
		return nil, fmt.Errorf("open prices: %w", err)
	}
	defer f.Close()
	return market.ReadCSV(f)
}

// keepCharts writes the charts, where the options name a folder.
func (o options) keepCharts(result stockanalysis.Result) error {
	if o.out == "" {
		return nil
	}
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		return fmt.Errorf("make folder for charts: %w", err)
	}
	folder, err := os.OpenRoot(o.out)
	if err != nil {
		return fmt.Errorf("open folder for charts: %w", err)
	}
	defer folder.Close()
	for name, png := range result.Charts.Files() {
		if err := folder.WriteFile(name, png, 0o600); err != nil {
			return fmt.Errorf("write chart: %w", err)
		}
	}
	return nil
}

// optionalStore is the application's table, or nothing where the options name no database.
type optionalStore struct {
	*storage.Store
}

func (o options) openStore(ctx context.Context) (optionalStore, error) {
	if o.dsn == "" {
		return optionalStore{}, nil
	}
	store, err := storage.Open(ctx, o.dsn)
	if err != nil {
		return optionalStore{}, err
	}
	if err := store.Migrate(ctx); err != nil {
		store.Close()
		return optionalStore{}, err
	}
	return optionalStore{store}, nil
}

func (s optionalStore) save(ctx context.Context, result stockanalysis.Result) error {
	if s.Store == nil {
		return nil
	}
	_, err := s.Save(ctx, result)
	return err
}

func (s optionalStore) close() {
	if s.Store != nil {
		s.Close()
	}
}
