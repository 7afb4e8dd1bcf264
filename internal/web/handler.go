// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	_ "embed" // the style sheet
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/ledger"
)

// readTimeout is how long the ledger may take for one page.
const readTimeout = 15 * time.Second

//go:embed style.css
var style []byte

// NewHandler returns the handler of the pages: / and /analyses/{id}. It is
// safe for concurrent use. Errors of the ledger go to the log; a person sees
// that it cannot be read.
func NewHandler(reader ledger.Reader, log *slog.Logger) (http.Handler, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	h := &handler{reader: reader, log: log, pages: pages}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.list)
	mux.HandleFunc("GET /analyses/{id}", h.analysis)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		send(w, http.StatusOK, "text/css; charset=utf-8", style)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		h.render(w, r, http.StatusNotFound, "message.html", "There is no such page.")
	})
	return mux, nil
}

type handler struct {
	reader ledger.Reader
	log    *slog.Logger
	pages  *template.Template
}

// listPage is what list.html shows.
type listPage struct {
	Summaries []analysis.Summary
	// Full says that there may be more analyses than are shown.
	Full bool
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	summaries, err := h.reader.List(ctx, ledger.ListQuery{Limit: ledger.DefaultListLimit})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.render(w, r, http.StatusOK, "list.html", listPage{summaries, len(summaries) == ledger.DefaultListLimit})
}

func (h *handler) analysis(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	summary, err := h.reader.Summary(ctx, r.PathValue("id"), ledger.DefaultCallsLimit)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		h.render(w, r, http.StatusNotFound, "message.html", "The ledger holds no analysis with this id.")
	case err != nil:
		h.fail(w, r, err)
	default:
		h.render(w, r, http.StatusOK, "analysis.html", &summary)
	}
}

func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil { // else the reader is gone
		h.log.ErrorContext(r.Context(), "read ledger", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Retry-After", "5")
	h.render(w, r, http.StatusServiceUnavailable, "message.html", "The ledger cannot be read now. Try again.")
}

// render builds the page before it sends the first byte, so that no reader
// gets half of one.
func (h *handler) render(w http.ResponseWriter, r *http.Request, status int, page string, data any) {
	var body bytes.Buffer
	if err := h.pages.ExecuteTemplate(&body, page, data); err != nil {
		h.log.ErrorContext(r.Context(), "render page", "page", page, "error", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	send(w, status, "text/html; charset=utf-8", body.Bytes())
}

// policy lets a page load our style sheet, and nothing else from anywhere.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Security-Policy", policy)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader is gone if this does not work
}
