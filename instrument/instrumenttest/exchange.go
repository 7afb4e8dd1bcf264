// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Exchange is one request and what was answered to it. It holds neither the
// prompt nor the key.
type Exchange struct {
	// Path is the URL's path, without the query.
	Path string
	// Kind is the API's method; empty where there is nothing at the path.
	Kind Kind
	// Model is the requested model's bare name.
	Model string
	// Stream is true when the answer came, or was to come, as a stream.
	Stream bool
	// Vertex is true for paths of Vertex AI.
	Vertex bool
	// KeyInHeader, KeyInURL and BearerToken say where the request carried its
	// credentials.
	KeyInHeader, KeyInURL, BearerToken bool
	// Status is the HTTP status; 0 where nothing is answered yet, or the client
	// left before.
	Status int
	// ResponseID is the answer's id.
	ResponseID string
	// Events is how many events were sent whole: 1 for a unary answer.
	Events int
	// Complete is true when the answer was sent to its end.
	Complete bool
	// Reported is true when at least one event reported usage.
	Reported bool
	// Usage is exactly what the last whole event that reported usage said: all
	// of it where the exchange is complete, and what a client can know of it
	// where it was cut.
	Usage Usage
}

func newExchange(r *http.Request, route route) Exchange {
	return Exchange{
		Path:        r.URL.Path,
		Kind:        route.kind,
		Model:       route.model,
		Stream:      route.kind == KindStream,
		Vertex:      route.vertex,
		KeyInHeader: r.Header.Get("X-Goog-Api-Key") != "",
		KeyInURL:    r.URL.Query().Has("key"),
		BearerToken: strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "),
	}
}

// journal keeps exchanges in the order in which they arrived.
type journal struct {
	mu        sync.Mutex
	exchanges []Exchange
}

// open adds an exchange and returns the way to bring it up to date. What a
// client sees is entered before it is sent, so a test that has its answer finds
// it here.
func (j *journal) open(e Exchange) (update func(func(*Exchange))) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := len(j.exchanges)
	j.exchanges = append(j.exchanges, e)
	return func(change func(*Exchange)) {
		j.mu.Lock()
		defer j.mu.Unlock()
		change(&j.exchanges[i])
	}
}

func (j *journal) all() []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.exchanges)
}

func (x *Exchange) report(usage *Usage) {
	if usage != nil && *usage != (Usage{}) {
		x.Reported, x.Usage = true, *usage
	}
}
