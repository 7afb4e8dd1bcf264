// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"strings"
	"sync"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
)

const (
	// knownAnalyses is how many analyses a generation of registered holds.
	knownAnalyses = 16_384
	// knownFor is how long a generation takes new ones in. The older of the two
	// lives as long again.
	knownFor = 30 * time.Minute
)

// registered is what this process knows of rows of ledger_analysis, so that it
// need not write again what they say already. It is safe for concurrent use.
//
// A row only ever gets an earlier start and smaller texts: once a transaction
// that wrote it is committed, the row says at least what that transaction wrote,
// for as long as it is there. It may go when all calls of the analysis lie before
// the horizon. Here is nothing but analyses with calls at the horizon or later,
// and a moved horizon makes it forget them all; so does another server, which may
// have taken over without the last transactions. A row that somebody deletes by
// hand is written again within the hour.
type registered struct {
	mu sync.Mutex
	// server is since when the server runs that has the rows.
	server      time.Time
	horizon     time.Time
	young, old  map[string]*entry
	youngsSince time.Time
}

// unknown returns the entries that say more than is known to be written, and
// since when the server runs that has the others. The caller checks, before it
// commits, that it is on that server and the horizon still where it says.
func (k *registered) unknown(entries []*entry, horizon, now time.Time) (out []*entry, server time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.age(horizon, now)
	for _, e := range entries {
		if !k.young[e.analysisID].covers(e) && !k.old[e.analysisID].covers(e) {
			out = append(out, e)
		}
	}
	return out, k.server
}

// forget forgets all that a server has.
func (k *registered) forget(server time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server.Equal(server) {
		k.young, k.old = nil, nil
	}
}

// add takes in entries that the server committed while the horizon was there.
func (k *registered) add(entries []*entry, horizon, server, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.server.Equal(server) {
		k.server, k.young, k.old = server, nil, nil
	}
	k.age(horizon, now)
	if !k.horizon.Equal(horizon) {
		return
	}
	for _, e := range entries {
		if !e.called {
			continue
		}
		if known := k.young[e.analysisID]; known != nil {
			known.merge(e.start, cloned(e.attribution))
			continue
		}
		k.young[strings.Clone(e.analysisID)] = &entry{start: e.start, attribution: cloned(e.attribution)}
	}
}

// age forgets what is of another horizon, and the older generation where the
// younger one is full or has had its time.
func (k *registered) age(horizon, now time.Time) {
	switch {
	case k.young == nil || horizon.After(k.horizon):
		k.horizon, k.old = horizon, nil
	case len(k.young) < knownAnalyses && now.Sub(k.youngsSince).Abs() < knownFor:
		return
	default:
		k.old = k.young
	}
	k.young, k.youngsSince = make(map[string]*entry), now
}

// covers reports that merging another entry into this one changes nothing.
func (e *entry) covers(o *entry) bool {
	return e != nil && !o.start.Before(e.start) &&
		(*e.attribution == *o.attribution || *e.attribution == e.attribution.Merge(*o.attribution))
}

// cloned returns a copy that keeps nothing else in memory.
func cloned(a *analysis.Attribution) *analysis.Attribution {
	return &analysis.Attribution{
		Subject:  strings.Clone(a.Subject),
		UserID:   strings.Clone(a.UserID),
		UserTier: strings.Clone(a.UserTier),
		TenantID: strings.Clone(a.TenantID),
	}
}
