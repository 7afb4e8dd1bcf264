// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/spanledger/spanledger/exporter/internal/decode"
)

// Config is the configuration of the exporter.
type Config struct {
	TimeoutConfig exporterhelper.TimeoutConfig                             `mapstructure:",squash"`
	QueueConfig   configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	RetryConfig   configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`

	// DSN says where the ledger is: "postgres://user:password@host/database"
	// or "sqlite:PATH". It is required, and never printed.
	DSN configopaque.String `mapstructure:"dsn"`
	// Schema is the Postgres schema of the tables. Defaults to "spanledger".
	// SQLite has none, and ignores it.
	Schema string `mapstructure:"schema"`
	// CreateSchema lets the exporter create and migrate the tables when it
	// starts. Defaults to true; without it they must be there.
	CreateSchema bool `mapstructure:"create_schema"`

	AnalysisID AnalysisIDConfig `mapstructure:"analysis_id"`
	Retention  RetentionConfig  `mapstructure:"retention"`
	Prices     PricesConfig     `mapstructure:"prices"`

	_ struct{} // keyed literals only
}

// AnalysisIDConfig says which analysis a call belongs to.
type AnalysisIDConfig struct {
	// From lists attributes, best first, that are looked for on the span and
	// then on its resource. Defaults to spanledger.analysis.id,
	// gen_ai.conversation.id, session.id, langfuse.session.id.
	From []string `mapstructure:"from"`
	// Fallback is what becomes of a call that none of them names. Defaults to
	// FallbackTraceID.
	Fallback Fallback `mapstructure:"fallback"`

	_ struct{} // keyed literals only
}

// Fallback says what becomes of calls that name no analysis.
type Fallback string

const (
	// FallbackTraceID takes the trace for the analysis.
	FallbackTraceID Fallback = "trace_id"
	// FallbackDrop drops the call, and counts it.
	FallbackDrop Fallback = "drop"
)

// RetentionConfig says how long the ledger is kept. 0 keeps for ever.
type RetentionConfig struct {
	// Calls is how long the details of a call are kept; its share of the sums
	// stays. Defaults to 2160h, which is 90 days. Calls that arrive later
	// than this are set aside, for nothing tells any more whether they were
	// counted before. At least MinRetention.
	Calls time.Duration `mapstructure:"calls"`
	// Summaries is how long analyses are kept with their summaries, counted
	// from their last call or end. Defaults to 0. Otherwise it is at least
	// Calls, which must not be 0: a summary outlives its calls.
	Summaries time.Duration `mapstructure:"summaries"`

	_ struct{} // keyed literals only
}

// MinRetention is the shortest time to keep the details of calls: it has to
// outlast every outage after which a Collector delivers what it queued.
const MinRetention = 24 * time.Hour

// PricesConfig says what calls cost.
type PricesConfig struct {
	// File is a price list to use instead of the built-in one. Defaults to
	// "", the built-in one.
	File string `mapstructure:"file"`

	_ struct{} // keyed literals only
}

var (
	_ component.Config  = (*Config)(nil)
	_ confmap.Validator = (*Config)(nil)
)

// schemaName matches the identifiers that Postgres takes without quotes.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Validate returns every mistake, each with the key it is under and the
// remedy. It never quotes the DSN.
func (c *Config) Validate() error {
	return errors.Join(
		c.validateDSN(),
		c.validateSchema(),
		c.AnalysisID.validate(),
		c.Retention.validate(),
	)
}

func (c *Config) validateDSN() error {
	if c.DSN == "" {
		return errors.New(`dsn: must be set, to "postgres://user:password@host/database" or "sqlite:PATH"`)
	}
	if err := validateDSN(string(c.DSN)); err != nil {
		return fmt.Errorf("dsn: %w", err)
	}
	return nil
}

func (c *Config) validateSchema() error {
	if !schemaName.MatchString(c.Schema) {
		return fmt.Errorf("schema: %q is not a name of lower-case letters, digits and _, such as %q",
			c.Schema, defaultSchema)
	}
	return nil
}

func (c *AnalysisIDConfig) validate() error {
	var errs []error
	if len(c.From) > decode.MaxAnalysisIDNames {
		errs = append(errs, fmt.Errorf("analysis_id::from: %d attributes are more than %d: shorten the list",
			len(c.From), decode.MaxAnalysisIDNames))
	}
	for i, name := range c.From {
		switch {
		case name == "":
			errs = append(errs, errors.New("analysis_id::from: an attribute has no name: remove it"))
		case slices.Contains(c.From[:i], name):
			errs = append(errs, fmt.Errorf("analysis_id::from: %q is there twice: remove one", name))
		}
	}
	switch c.Fallback {
	case FallbackTraceID, FallbackDrop:
	default:
		errs = append(errs, fmt.Errorf("analysis_id::fallback: %q is unknown: use %q or %q",
			string(c.Fallback), FallbackTraceID, FallbackDrop))
	}
	return errors.Join(errs...)
}

func (c *RetentionConfig) validate() error {
	var errs []error
	if c.Calls != 0 && c.Calls < MinRetention {
		errs = append(errs, fmt.Errorf(
			"retention::calls: %v is too short to know calls that come again: use 0 (for ever) or at least %v",
			c.Calls,
			MinRetention,
		))
	}
	switch {
	case c.Summaries == 0:
	case c.Calls == 0:
		errs = append(errs, fmt.Errorf(
			"retention::summaries: %v is less than for ever, which retention::calls is: set that too", c.Summaries))
	case c.Summaries < c.Calls:
		errs = append(errs, fmt.Errorf(
			"retention::summaries: %v is less than retention::calls: use 0 (for ever) or at least %v",
			c.Summaries,
			c.Calls,
		))
	}
	return errors.Join(errs...)
}
