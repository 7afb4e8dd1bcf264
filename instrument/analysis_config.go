// SPDX-License-Identifier: Apache-2.0

package instrument

// defaultCallDetails is how many calls a summary lists one by one.
const defaultCallDetails = 1000

type analysisConfig struct {
	providers
	attribution Attribution
	callDetails int
	// sent and received are the members of baggage to write and to read.
	sent, received []BaggageKey
}

func newAnalysisConfig(opts []AnalysisOption) analysisConfig {
	config := analysisConfig{providers: globalProviders(), callDetails: defaultCallDetails}
	for _, opt := range opts {
		if opt != nil {
			opt.applyAnalysis(&config)
		}
	}
	return config
}

type analysisOption func(*analysisConfig)

func (o analysisOption) applyAnalysis(c *analysisConfig) { o(c) }

// WithSubject says what the analysis is about: a stock symbol, a video's id.
func WithSubject(subject string) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.attribution.Subject = subject })
}

// WithUser names the user whom the analysis is for, by an id that may be kept:
// it goes into spans as user.id.
func WithUser(id string) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.attribution.UserID = id })
}

// WithUserTier names the user's plan: "free", "pro".
func WithUserTier(tier string) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.attribution.UserTier = tier })
}

// WithTenant names the tenant who pays.
func WithTenant(id string) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.attribution.TenantID = id })
}

// WithCallDetails sets how many calls the [Summary] lists one by one; those
// beyond are in its sums and in OmittedCalls. Defaults to 1,000; 0 lists none.
// The first start of an analysis decides.
func WithCallDetails(n int) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.callDetails = max(0, n) })
}
