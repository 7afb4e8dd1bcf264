// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// trouble makes small faults, one after the other, until it is told to stop.
// What it counts is there to be shown, and to prove that something happened.
type trouble struct {
	dsn  string // of the server itself
	via  []*cutter
	rng  *rand.Rand
	done chan struct{}
	stop context.CancelFunc

	killed, canceled, locked, cut int
}

// startTrouble makes a fault every 10 to 60 milliseconds.
func startTrouble(ctx context.Context, dsn string, via []*cutter, seed uint64) *trouble {
	ctx, stop := context.WithCancel(ctx)
	tr := &trouble{dsn: dsn, via: via, rng: rand.New(rand.NewPCG(seed, 3)), done: make(chan struct{}), stop: stop}
	go tr.run(ctx)
	return tr
}

func (tr *trouble) run(ctx context.Context) {
	defer close(tr.done)
	for wait(ctx, time.Duration(10+tr.rng.IntN(50))*time.Millisecond) {
		switch tr.rng.IntN(9) {
		case 0, 1, 2:
			tr.killed += tr.strike(ctx, "pg_terminate_backend")
		case 3, 4:
			tr.canceled += tr.strike(ctx, "pg_cancel_backend")
		case 5:
			tr.lock(ctx)
		case 6:
			tr.cut += tr.via[tr.rng.IntN(len(tr.via))].cut(tr.rng)
		default:
			tr.via[tr.rng.IntN(len(tr.via))].loseCommit()
		}
	}
}

// end stops the faults, and returns what they were.
func (tr *trouble) end() string {
	tr.stop()
	<-tr.done
	lost := 0
	for _, c := range tr.via {
		lost += c.commitsLost()
	}
	return fmt.Sprintf(
		"%d backends killed, %d statements canceled, %d tables locked, %d connections cut, %d commits lost",
		tr.killed,
		tr.canceled,
		tr.locked,
		tr.cut,
		lost,
	)
}

// strike calls the function for one backend that is at work. The server may be
// away.
func (tr *trouble) strike(ctx context.Context, function string) (struck int) {
	_ = tr.asAdmin(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT count(`+function+`(pid)) FROM (
			SELECT pid FROM pg_stat_activity
			WHERE datname = 'ledger' AND state <> 'idle' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
		) busy`).Scan(&struck)
	})
	return struck
}

// lock keeps writers waiting for longer than their lock_timeout.
func (tr *trouble) lock(ctx context.Context) {
	_ = tr.asAdmin(ctx, func(conn *pgx.Conn) error {
		table := []string{"ledger_call", "ledger_analysis", "ledger_rollup", "ledger_closed"}[tr.rng.IntN(4)]
		_, err := conn.Exec(ctx, "SET lock_timeout = '1s'; BEGIN; LOCK TABLE spanledger."+table+
			" IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(0.4); ROLLBACK")
		if err == nil {
			tr.locked++
		}
		return err
	})
}

func (tr *trouble) asAdmin(ctx context.Context, do func(*pgx.Conn) error) error {
	config, err := pgx.ParseConfig(tr.dsn)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}

// wait returns false where ctx ends first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
