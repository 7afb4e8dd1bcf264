// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/spanledger/spanledger/internal/analysis"
	"github.com/spanledger/spanledger/internal/semconv"
)

// What a document of a Gemini response may hold that we report.
const (
	geminiDocument field = iota + 1
	geminiResponseID
	geminiModelVersion
	geminiCandidate
	geminiIndex
	geminiFinishReason
	geminiContinuation
	geminiBlockReason
	geminiError
	geminiErrorCode
	geminiErrorStatus
	geminiUsageObject
	geminiPrompt
	geminiCandidates
	geminiThoughts
	geminiToolUse
	geminiCached
	geminiTotal
	geminiInputDetail
	geminiOutputDetail
	geminiDetailModality
	geminiDetailCount
	geminiServiceTier
	geminiTrafficType
	geminiStatisticsCount
)

// The embedding models spell promptTokenDetails without the s, and those that
// Vertex serves by predict count the tokens of every input on its own.
//
// The paths are in the order in which Gemini writes them.
var geminiResponsePaths = compile(
	geminiDocument,
	path{"candidates[]", geminiCandidate},
	path{"candidates[].finishReason", geminiFinishReason},
	path{"candidates[].continuationToken~", geminiContinuation},
	path{"candidates[].index", geminiIndex},
	path{"promptFeedback.blockReason", geminiBlockReason},
	path{"usageMetadata", geminiUsageObject},
	path{"usageMetadata.promptTokenCount", geminiPrompt},
	path{"usageMetadata.cachedContentTokenCount", geminiCached},
	path{"usageMetadata.candidatesTokenCount", geminiCandidates},
	path{"usageMetadata.totalTokenCount", geminiTotal},
	path{"usageMetadata.promptTokensDetails[]", geminiInputDetail},
	path{"usageMetadata.promptTokensDetails[].modality", geminiDetailModality},
	path{"usageMetadata.promptTokensDetails[].tokenCount", geminiDetailCount},
	path{"usageMetadata.candidatesTokensDetails[]", geminiOutputDetail},
	path{"usageMetadata.candidatesTokensDetails[].modality", geminiDetailModality},
	path{"usageMetadata.candidatesTokensDetails[].tokenCount", geminiDetailCount},
	path{"usageMetadata.toolUsePromptTokenCount", geminiToolUse},
	path{"usageMetadata.thoughtsTokenCount", geminiThoughts},
	path{"usageMetadata.serviceTier", geminiServiceTier},
	path{"usageMetadata.trafficType", geminiTrafficType},
	path{"usageMetadata.promptTokenDetails[]", geminiInputDetail},
	path{"usageMetadata.promptTokenDetails[].modality", geminiDetailModality},
	path{"usageMetadata.promptTokenDetails[].tokenCount", geminiDetailCount},
	path{"modelVersion", geminiModelVersion},
	path{"responseId", geminiResponseID},
	path{"error", geminiError},
	path{"error.code", geminiErrorCode},
	path{"error.status", geminiErrorStatus},
	path{"predictions[].embeddings.statistics.token_count", geminiStatisticsCount},
)

// geminiTierHeader is where the developer API says which tier served.
const geminiTierHeader = "X-Gemini-Service-Tier"

// geminiResponse is the sink of a response's documents.
type geminiResponse struct {
	id, model  string
	asked      string // the model that the path names
	tier       string
	headerTier string
	failure    string // error.type of an error object, "" for none
	blocked    bool

	usage    geminiUsage
	snapshot geminiUsage // of the usage object at hand
	detail   geminiDetail

	candidates candidateSet
	embedded   analysis.Count // tokens that predict counted
}

var geminiExchanges pool[geminiRequest, geminiResponse]

func newGeminiExchange(known Request, unread bool) Exchange {
	x := geminiExchanges.get()
	x.req.known, x.resp.asked = known, known.Model
	x.unread = unread
	x.ask(&x.req, geminiRequestPaths)
	x.answer(&x.resp, geminiResponsePaths)
	return x
}

// header implements responseSink.
func (g *geminiResponse) header(h http.Header) {
	g.headerTier = servedTier(value(h.Get(geminiTierHeader)))
}

// result implements responseSink.
func (g *geminiResponse) result() Response {
	r := Response{
		ID:            g.id,
		Model:         modelName(g.model),
		FinishReasons: g.candidates.reasons(),
		ServiceTier:   cmp.Or(g.headerTier, g.tier),
		Usage:         g.usage.usage(),
	}
	if !g.blocked {
		r.Continuation = g.candidates.continuation()
	}
	if !r.Usage.Input.IsKnown() {
		r.Usage.Input = g.embedded
	}
	switch {
	case g.failure != "":
		r.ErrorType = g.failure
	case g.blocked:
		r.ErrorType = semconv.ErrorTypePromptBlocked
	}
	return r
}

// ended implements responseSink. Gemini's streams end with the connection.
func (g *geminiResponse) ended() bool { return false }

func (g *geminiResponse) open(f field) {
	switch f {
	case geminiDocument:
		g.candidates.position = 0
		g.candidates.pending = false
	case geminiCandidate:
		g.candidates.open()
	case geminiError:
		g.failure = semconv.ErrorTypeOther
	case geminiUsageObject:
		g.snapshot = geminiUsage{}
	case geminiInputDetail, geminiOutputDetail:
		g.detail = geminiDetail{}
	}
}

func (g *geminiResponse) list(f field) {
	switch f {
	case geminiInputDetail:
		g.snapshot.inputBy = analysis.Modalities{}
	case geminiOutputDetail:
		g.snapshot.outputBy = analysis.Modalities{}
	}
}

func (g *geminiResponse) close(f field) {
	switch f {
	case geminiCandidate:
		g.candidates.close()
	case geminiUsageObject:
		g.usage.take(&g.snapshot)
	case geminiInputDetail:
		g.detail.addTo(&g.snapshot.inputBy)
	case geminiOutputDetail:
		g.detail.addTo(&g.snapshot.outputBy)
	}
}

func (g *geminiResponse) value(f field, v value) {
	switch f {
	case geminiResponseID:
		g.id = v.name(g.id)
	case geminiModelVersion:
		g.setModel(v)
	case geminiIndex:
		g.candidates.setIndex(v)
	case geminiFinishReason:
		g.candidates.finish(v)
	case geminiContinuation:
		g.candidates.checkpoint(v)
	case geminiBlockReason:
		g.blocked = g.blocked || isSet(v)
	case geminiErrorCode, geminiErrorStatus:
		g.fail(f, v)
	case geminiServiceTier:
		g.tier = cmp.Or(servedTier(v), g.tier)
	case geminiTrafficType:
		g.tier = cmp.Or(trafficTier(v), g.tier)
	case geminiStatisticsCount:
		g.embedded = g.embedded.Add(v.count())
	default:
		g.measure(f, v)
	}
}

// setModel takes the model that answered, which is most often the one asked.
func (g *geminiResponse) setModel(v value) {
	if string(v) == g.asked && v.isName() {
		g.model = g.asked
		return
	}
	g.model = v.name(g.model)
}

// fail takes a field of an error object: its status names the failure, where
// there is none its code. A status is a name and a code a number of three
// digits at most; anything else may be a text.
func (g *geminiResponse) fail(f field, v value) {
	word := v.lower()
	code, _ := v.integer()
	switch {
	case f == geminiErrorStatus && word != "" && !strings.ContainsAny(word, "0123456789"):
		g.failure = word
	case f == geminiErrorCode && 0 < code && code < 1000 && g.failure == semconv.ErrorTypeOther:
		g.failure = strconv.FormatInt(code, 10)
	}
}

// measure takes a value of a usage object.
func (g *geminiResponse) measure(f field, v value) {
	u := &g.snapshot
	switch f {
	case geminiPrompt:
		u.prompt = v.count()
	case geminiCandidates:
		u.candidates = v.count()
	case geminiThoughts:
		u.thoughts = v.count()
	case geminiToolUse:
		u.toolUse = v.count()
	case geminiCached:
		u.cached = v.count()
	case geminiTotal:
		u.total = v.count()
	case geminiDetailModality:
		g.detail.modality = v.lower()
	case geminiDetailCount:
		g.detail.count = v.count()
	}
}

// servedTier returns the tier that the developer API names, "" for one that
// is not set.
func servedTier(v value) string {
	tier := v.lower()
	if strings.HasSuffix(tier, "unspecified") {
		return ""
	}
	return tier
}

// isSet reports whether the value of an enumeration is any but its zero.
func isSet(v value) bool {
	return len(v) > 0 && string(v) != "0" && !strings.HasSuffix(string(v), "_UNSPECIFIED")
}

// trafficTier returns the tier for Vertex's names of traffic: ON_DEMAND,
// ON_DEMAND_PRIORITY and its like, PROVISIONED_THROUGHPUT.
func trafficTier(v value) string {
	if !isSet(v) {
		return ""
	}
	word := v.lower()
	switch word {
	case "on_demand":
		return semconv.TierStandard
	case "provisioned_throughput":
		return semconv.TierProvisioned
	}
	tier, _ := strings.CutPrefix(word, "on_demand_")
	return tier
}
