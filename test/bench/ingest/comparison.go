// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spanledger/spanledger/test/bench/load"
	"github.com/spanledger/spanledger/test/bench/measure"
)

// comparison runs the ways to write the calls of a workload, in turn.
//
// Every round runs each way once, one right after the other, into tables of
// its own. A ratio is that of two ways in one round: what else the machine does
// falls on both. Of all rounds the median counts.
type comparison struct {
	rounds, requests, upserts int
	connections               int
	only, profile             string
	variants                  []string
	to                        io.Writer

	dsn    string
	server *measure.Server
	work   []request
}

// calls is how many there are in the work.
func (c *comparison) calls() int { return len(c.work) * load.BatchCalls }

// way is one of those that are compared.
type way struct {
	name string
	run  func(ctx context.Context) (figures, error)
}

const (
	floorName   = "COPY, primary key"
	upsertsName = "one upsert per span"
	oneName     = "spanledger, one Collector"
	twoName     = "spanledger, two Collectors"
)

func (c *comparison) ways() []way {
	all := []way{
		{"COPY, no index", func(ctx context.Context) (figures, error) { return c.copyAll(ctx, noIndexSQL) }},
		{floorName, func(ctx context.Context) (figures, error) { return c.copyAll(ctx, primaryKeySQL) }},
		{oneName, func(ctx context.Context) (figures, error) { return c.collectAll(ctx, 1, variant{}) }},
		{twoName, func(ctx context.Context) (figures, error) { return c.collectAll(ctx, 2, variant{}) }},
		{upsertsName, c.upsertAll},
	}
	for _, text := range c.variants {
		all = append(all, way{oneName + ", " + text, func(ctx context.Context) (figures, error) {
			return c.collectAll(ctx, 1, parseVariant(text))
		}})
	}
	var chosen []way
	for _, w := range all {
		if w.name == floorName || strings.Contains(w.name, c.only) {
			chosen = append(chosen, w)
		}
	}
	return chosen
}

func (c *comparison) run(ctx context.Context, w workload) (err error) {
	if c.server, err = measure.Connect(ctx, c.dsn); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.server.Close(context.WithoutCancel(ctx))) }()
	if c.work, err = w.requests(c.requests); err != nil {
		return err
	}
	if err := c.prepareRows(ctx); err != nil {
		return err
	}
	ways := c.ways()
	results := make([][]figures, len(ways))
	for range c.rounds {
		for i := range ways {
			f, err := ways[i].run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", ways[i].name, err)
			}
			results[i] = append(results[i], f)
			if _, err := c.server.Exec(ctx, `DROP SCHEMA IF EXISTS floor, ledger CASCADE`); err != nil {
				return err
			}
		}
	}
	if _, err := c.server.Exec(ctx, `DROP SCHEMA rows CASCADE`); err != nil {
		return err
	}
	return c.report(&w, ways, results)
}

// runPatience is how long a run may take: calls that a Collector has lost do
// not come.
const runPatience = 5 * time.Minute

// collectAll sends the work to so many Collectors that share a ledger, until
// every call of it can be read.
func (c *comparison) collectAll(ctx context.Context, n int, v variant) (f figures, err error) {
	var collectors []*collector
	defer func() {
		for _, p := range collectors {
			err = errors.Join(err, p.stop())
		}
	}()
	for range n {
		p, err := c.startCollector(ctx, "ledger", v)
		if err != nil {
			return f, err
		}
		collectors = append(collectors, p)
	}
	m, err := c.start(ctx, collectors)
	if err != nil {
		return f, err
	}
	bounded, cancel := whileAlive(ctx, runPatience, collectors...)
	defer cancel()
	if err := send(bounded, collectors, c.connections, c.work); err != nil {
		return f, err
	}
	if err := c.awaitAll(bounded); err != nil {
		return f, fmt.Errorf("wait for the calls in the ledger: %w", err)
	}
	f, err = m.stop(ctx, c.calls(), "ledger", `ledger\_call\_%`)
	return f, errors.Join(err, c.check(ctx))
}

// awaitAll waits for a call of each request, and then for all.
func (c *comparison) awaitAll(ctx context.Context) error {
	for i := range c.work {
		err := poll(ctx, func() (there bool, err error) {
			err = c.server.QueryRow(ctx,
				`SELECT EXISTS (SELECT FROM ledger.ledger_call WHERE analysis_id = $1 AND span_id = $2)`,
				c.work[i].analysisID, c.work[i].span[:]).Scan(&there)
			return there, err
		})
		if err != nil {
			return err
		}
	}
	return poll(ctx, func() (bool, error) {
		var calls int
		err := c.server.QueryRow(ctx, `SELECT count(*) FROM ledger.ledger_call`).Scan(&calls)
		return calls == c.calls(), err
	})
}

var errCounts = errors.New("the sums do not hold every call once")

// check makes sure that the summaries hold every call once.
func (c *comparison) check(ctx context.Context) error {
	var calls, first int
	err := c.server.QueryRow(ctx, `
SELECT (SELECT sum(calls) FROM ledger.ledger_part),
    (SELECT llm_calls_count FROM ledger.analysis_summary WHERE analysis_id = $1)`, c.work[0].analysisID).
		Scan(&calls, &first)
	if err == nil && (calls != c.calls() || first == 0) {
		err = fmt.Errorf("%w: %d, and %d in the first analysis", errCounts, calls, first)
	}
	return err
}
