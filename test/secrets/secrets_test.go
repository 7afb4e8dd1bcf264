// SPDX-License-Identifier: Apache-2.0

package secrets_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	collectorexporter "go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/otel/baggage"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/spanledger/spanledger/exporter"
	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// TestSecrets makes every kind of call end in every way, with content off and
// on, and reads all that left.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]instrument.Option{
		"ContentOff": instrument.WithoutContent(),
		"ContentOn":  instrument.WithContent(instrument.ContentConfig{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t)
			for _, way := range ways {
				s.run(t, way, append(s.options(), content))
			}
			s.stop(t)
			spans := s.spans.String()
			if name == "ContentOn" {
				spans = withoutContent(t, spans)
			}
			s.check(t, spans)
		})
	}
}

// system is a service's telemetry, an OTLP receiver, and an exporter to a
// ledger behind it.
type system struct {
	telemetry *otelsetup.Providers
	exporter  collectorexporter.Traces
	receiver  *httptest.Server
	path      string // of the ledger

	spans, metrics, summaries, log outlet
	analyses                       int
}

// run makes every client's calls to a provider, each kind twice: an odd call
// that is retried stays so.
func (s *system) run(t *testing.T, way string, opts []instrument.Option) {
	t.Helper()
	p := newProvider(t, way)
	for _, c := range newClients(t, p.URL, opts) {
		for kind, call := range map[string]func(context.Context){"unary": c.unary, "stream": c.stream, "embed": c.embed} {
			if call == nil {
				continue
			}
			id := strings.Join([]string{way, c.name, kind}, "/")
			ctx, analysis := instrument.StartAnalysis(
				s.context(t),
				id,
				instrument.WithBaggage(
					instrument.BaggageAnalysisID,
					instrument.BaggageUserID,
				),
				instrument.WithUser("u-7"),
				instrument.WithTracerProvider(s.telemetry.Tracer),
				instrument.WithMeterProvider(s.telemetry.Meter),
			)
			limit := 20 * time.Second
			if way == "Hang" {
				limit = 20 * time.Millisecond
			}
			timed, cancel := context.WithTimeout(ctx, limit)
			call(timed)
			if way == "Hang" { // once more, until it is canceled
				canceled, giveUp := context.WithCancel(ctx)
				time.AfterFunc(10*time.Millisecond, giveUp)
				call(canceled)
				giveUp()
			}
			cancel()
			analysis.End()
			document, err := json.Marshal(analysis.Summary())
			require.NoError(t, err)
			fmt.Fprintln(&s.summaries, analysis.Summary(), string(document))
			s.analyses++
		}
	}
	require.NotContains(t, p.baggage.String(), "spanledger.", way)
	require.NotContains(t, p.baggage.String(), "u-7", way)
}

// context has baggage of the application's own.
func (s *system) context(t *testing.T) context.Context {
	t.Helper()
	member, err := baggage.NewMemberRaw("note", "canary-baggage")
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	return baggage.ContextWithBaggage(t.Context(), bag)
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{path: filepath.Join(t.TempDir(), "ledger.db")}
	set := exportertest.NewNopSettings(component.MustNewType("spanledger"))
	set.Logger = zap.New(zapcore.NewCore(
		zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&s.log), zap.DebugLevel))
	factory := exporter.NewFactory()
	config := factory.CreateDefaultConfig().(*exporter.Config)
	config.DSN = configopaque.String("sqlite:" + s.path)
	var err error
	s.exporter, err = factory.CreateTraces(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, s.exporter.Start(t.Context(), componenttest.NewNopHost()))
	s.receiver = httptest.NewServer(s)
	t.Cleanup(s.receiver.Close)
	s.telemetry, err = otelsetup.New(t.Context(), otelsetup.Config{
		ServiceName: "stock-api", Endpoint: s.receiver.URL, Protocol: otelsetup.ProtocolHTTPProtobuf,
	})
	require.NoError(t, err)
	return s
}

func (s *system) options() []instrument.Option {
	return []instrument.Option{
		instrument.WithTracerProvider(s.telemetry.Tracer), instrument.WithMeterProvider(s.telemetry.Meter),
	}
}

// ServeHTTP takes OTLP.
func (s *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Encoding") != "" {
		http.Error(w, "no plain body", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	if r.URL.Path != "/v1/traces" {
		_, _ = s.metrics.Write(body)
		return
	}
	_, _ = s.spans.Write(body)
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.exporter.ConsumeTraces(r.Context(), request.Traces()); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

func (s *system) stop(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	require.NoError(t, s.telemetry.Shutdown(ctx))
	require.NoError(t, s.exporter.Shutdown(ctx))
}

// withoutContent takes what was said out of spans, which must be in them.
func withoutContent(t *testing.T, spans string) string {
	t.Helper()
	for _, said := range []string{prompt, answer} {
		require.Contains(t, spans, said)
	}
	return strings.NewReplacer("canary-prompt", "", "canary-answer", "", "canary answer", "").Replace(spans)
}

// check reads all that left.
func (s *system) check(t *testing.T, spans string) {
	t.Helper()
	rows := dump(t, s.path)
	found := map[string]string{}
	for name, left := range map[string]string{
		"spans": spans, "metrics": s.metrics.String(), "summaries": s.summaries.String(), "ledger": rows,
		"ledger's files": files(t, s.path), "exporter's log": s.log.String(),
	} {
		if leak := leaks(left); leak != "" {
			found[name] = leak
		}
	}
	require.Empty(t, found)
	for name, left := range map[string]string{"spans": spans, "summaries": s.summaries.String(), "ledger": rows} {
		require.Contains(t, left, "Fields/genai/stream", name)
		require.Contains(t, left, "gpt-4o-mini", name)
		require.Contains(t, left, "claude-haiku-4-5", name)
	}
	require.Contains(t, s.metrics.String(), "gen_ai.client.token.usage")
	require.Contains(t, spans, "gen_ai.request.stop_sequences")
	require.Equal(t, s.analyses, strings.Count(rows, "\nanalysis_summary|"), "every analysis is in the ledger")
}

// leaks returns what stands around the first secret in a text, "" for none.
func leaks(text string) string {
	lower := strings.ToLower(text)
	for _, secret := range []string{"canary", "y2fuyxj5", hex.EncodeToString([]byte("canary"))} { // plain, in base64, in hex
		if i := strings.Index(lower, secret); i >= 0 {
			return fmt.Sprintf("%q", text[max(0, i-200):min(len(text), i+200)])
		}
	}
	return ""
}

// dump returns every row of every table and view of a ledger, one a line.
func dump(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	var all bytes.Buffer
	for _, name := range column(t, db, `SELECT name FROM sqlite_master WHERE type IN ('table', 'view')`) {
		for _, row := range column(t, db, `SELECT `+strings.Join(
			column(t, db, `SELECT 'quote("' || name || '")' FROM pragma_table_xinfo('`+name+`')`), " || ")+` FROM "`+name+`"`) {
			fmt.Fprintf(&all, "\n%s|%s", name, row)
		}
	}
	return all.String()
}

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err, query)
	defer rows.Close()
	for rows.Next() {
		var value string
		require.NoError(t, rows.Scan(&value))
		values = append(values, value)
	}
	require.NoError(t, rows.Err())
	return values
}

// files returns the bytes of a ledger.
func files(t *testing.T, path string) string {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range names {
		stored, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(stored)
	}
	return all.String()
}
