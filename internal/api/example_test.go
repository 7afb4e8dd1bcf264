// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/spanledger/spanledger/internal/api"
)

func ExampleNewHandler() {
	handler := api.NewHandler(&memory{}, slog.New(slog.DiscardHandler))
	for _, target := range []string{"/api/v1/analyses", "/api/v1/analyses/analysis_8", "/healthz"} {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, target, http.NoBody)
		handler.ServeHTTP(recorder, request)
		fmt.Print(recorder.Code, " ", recorder.Body)
	}
	// Output:
	// 200 {"analyses":[]}
	// 404 {"title":"Not Found","status":404,"detail":"no such analysis in the ledger; see /api/v1/analyses"}
	// 200 {"status":"ok"}
}
