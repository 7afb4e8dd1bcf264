// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// readTimeout is how long the ledger may take for one answer.
const readTimeout = 15 * time.Second

// NewHandler returns the handler of /api/v1 and /healthz. It is safe for
// concurrent use. Errors of the ledger go to the log; clients see a 503.
func NewHandler(reader ledger.Reader, log *slog.Logger) http.Handler {
	h := &handler{reader: reader, log: log}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/analyses", readOnly(h.list))
	mux.Handle("/api/v1/analyses/{id}", readOnly(h.summary))
	mux.Handle("/api/v1/analyses/{id}/calls", readOnly(h.calls))
	mux.Handle("/healthz", readOnly(h.health))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusNotFound, "there is no such resource; see /api/v1/analyses")
	})
	return mux
}

type handler struct {
	reader ledger.Reader
	log    *slog.Logger
}

// readOnly lets GET and HEAD through, and bounds how long they may take.
func readOnly(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeProblem(w, http.StatusMethodNotAllowed, "this resource can only be read, with GET")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		defer cancel()
		next(w, r.WithContext(ctx))
	})
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	query, err := parseList(r.URL.RawQuery)
	if err != nil {
		writeProblem(w, http.StatusBadRequest, err.Error())
		return
	}
	summaries, err := h.reader.List(r.Context(), query)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, r, struct {
		Analyses []analysis.Summary `json:"analyses"`
	}{append([]analysis.Summary{}, summaries...)})
}

func (h *handler) summary(w http.ResponseWriter, r *http.Request) {
	if _, err := parseQuery(r.URL.RawQuery); err != nil {
		writeProblem(w, http.StatusBadRequest, err.Error())
		return
	}
	s, err := h.reader.Summary(r.Context(), r.PathValue("id"), ledger.DefaultCallsLimit)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, r, s)
}

func (h *handler) calls(w http.ResponseWriter, r *http.Request) {
	query, err := parseCalls(r.PathValue("id"), r.URL.RawQuery)
	if err != nil {
		writeProblem(w, http.StatusBadRequest, err.Error())
		return
	}
	// Calls cannot tell an analysis without calls from one that is not known.
	summary, err := h.reader.Summary(r.Context(), query.AnalysisID, 0)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	calls, err := h.reader.Calls(r.Context(), query)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, r, struct {
		AnalysisID string          `json:"analysis_id"`
		Calls      []analysis.Call `json:"calls"`
	}{summary.AnalysisID, append([]analysis.Call{}, calls...)})
}

// health answers whether the ledger can be read.
func (h *handler) health(w http.ResponseWriter, r *http.Request) {
	if _, err := h.reader.List(r.Context(), ledger.ListQuery{Limit: 1}); err != nil {
		h.fail(w, r, err)
		return
	}
	h.write(w, r, map[string]string{"status": "ok"})
}

// fail answers for an error of the ledger. What it says is for the log: it
// may name hosts and tables.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ledger.ErrNotFound) {
		writeProblem(w, http.StatusNotFound, ledger.ErrNotFound.Error()+"; see /api/v1/analyses")
		return
	}
	if !errors.Is(r.Context().Err(), context.Canceled) { // else the client is gone
		h.log.ErrorContext(r.Context(), "read ledger", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Retry-After", "5")
	writeProblem(w, http.StatusServiceUnavailable, "the ledger cannot be read now; try again")
}

func (h *handler) write(w http.ResponseWriter, r *http.Request, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		h.log.ErrorContext(r.Context(), "encode answer", "path", r.URL.Path, "error", err)
		writeProblem(w, http.StatusInternalServerError, "the answer cannot be encoded")
		return
	}
	send(w, http.StatusOK, "application/json", body)
}

// send writes an answer that no cache may keep and no browser may take for
// anything else.
func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone if this does not work
}
