// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.opentelemetry.io/otel/baggage"

	"github.com/spanledger/spanledger/internal/semconv"
)

// BaggageKey names something of an analysis that may travel to other services
// as a member of W3C baggage. Keys other than those below are ignored.
type BaggageKey string

// What may travel; the members are named as the attributes of spans are.
const (
	BaggageAnalysisID BaggageKey = semconv.AnalysisID
	BaggageSubject    BaggageKey = semconv.AnalysisSubject
	BaggageUserID     BaggageKey = semconv.UserID
	BaggageUserTier   BaggageKey = semconv.UserTier
	BaggageTenantID   BaggageKey = semconv.TenantID
)

var baggageKeys = [...]BaggageKey{
	BaggageAnalysisID, BaggageSubject, BaggageUserID, BaggageUserTier, BaggageTenantID,
}

// maxBaggageValue is the most bytes of a value. All five members stay within
// the 8,192 bytes that W3C gives to a baggage, every byte percent-encoded.
const maxBaggageValue = 256

// WithBaggage puts what is known of the analysis under the given keys into the
// baggage of the context that [StartAnalysis] returns, so that the
// application's propagator carries it to its other services; see
// [FromBaggage]. Without it nothing is put there. It goes to whomever the
// application calls under that context, but never to a provider: see
// [NewTransport].
//
// Values that are empty, longer than 256 bytes or no plain text stay behind,
// and are counted as lost. Members of an outer analysis are replaced or
// removed; one named user.id that is the application's own stays where this
// analysis has no user to send.
func WithBaggage(keys ...BaggageKey) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.sent = append(c.sent, keys...) })
}

// FromBaggage has [StartAnalysis] read the given keys from the baggage of its
// context, as far as neither its id nor its other options say them. The
// analysis of another service goes on here: its calls here have its id, and
// this process adds an analysis span of its own that says what it saw itself,
// which the ledger adds to what the others saw.
//
//	ctx, analysis := instrument.StartAnalysis(ctx, "", instrument.FromBaggage(instrument.BaggageAnalysisID))
//	defer analysis.End()
//
// Baggage is what the sender of a request says: whoever may send one can name
// any analysis, user and tenant. Accept what you would accept from the sender
// in any other header. Values that are empty, longer than 256 bytes or no plain
// text count as not said, and as lost.
func FromBaggage(keys ...BaggageKey) AnalysisOption {
	return analysisOption(func(c *analysisConfig) { c.received = append(c.received, keys...) })
}

// ForProvider says that every request through a transport goes to a provider of
// models, so that what [WithBaggage] writes stays behind with those that are no
// calls too, such as counts of tokens and uploads. The wrappers of SDKs and
// [NewMiddleware] do so by themselves.
func ForProvider() Option { return callOption(func(c *callConfig) { c.toProvider = true }) }

// carried is what the members of a baggage can say.
type carried struct {
	id string
	Attribution
}

// field returns nil for a key that is not known.
func (c *carried) field(key BaggageKey) *string {
	switch key {
	case BaggageAnalysisID:
		return &c.id
	case BaggageSubject:
		return &c.Subject
	case BaggageUserID:
		return &c.UserID
	case BaggageUserTier:
		return &c.UserTier
	case BaggageTenantID:
		return &c.TenantID
	}
	return nil
}

// receive fills in what the application does not say, and returns the id.
func (c *analysisConfig) receive(ctx context.Context, id string, lost *losses) (named string) {
	named = id
	if len(c.received) == 0 {
		return named
	}
	defer lost.contain()
	said := carried{id: id, Attribution: c.attribution}
	bag := baggage.FromContext(ctx)
	for _, key := range c.received {
		field, member := said.field(key), bag.Member(string(key))
		switch {
		case field == nil, *field != "", member.Key() == "":
		case !isPlain(member.Value()):
			lost.count(lossBaggage)
		default:
			*field = member.Value()
		}
	}
	c.attribution = said.Attribution
	return said.id
}

// send returns ctx with the analysis in its baggage.
func (c *analysisConfig) send(ctx context.Context, a *Analysis) (sent context.Context) {
	sent = ctx
	if len(c.sent) == 0 {
		return sent
	}
	lost := a.tally.recorder.losses
	defer lost.contain()
	known := carried{id: a.ID(), Attribution: a.attribution()}
	bag := baggage.FromContext(ctx)
	for _, key := range baggageKeys {
		if key != BaggageUserID {
			bag = bag.DeleteMember(string(key))
		}
	}
	for _, key := range c.sent {
		value := known.field(key)
		if value == nil || *value == "" {
			continue
		}
		changed, err := withMember(bag, key, *value)
		if err != nil || !isPlain(*value) {
			lost.count(lossBaggage)
			continue
		}
		bag = changed
	}
	return baggage.ContextWithBaggage(ctx, bag)
}

func withMember(bag baggage.Baggage, key BaggageKey, value string) (baggage.Baggage, error) {
	member, err := baggage.NewMemberRaw(string(key), value)
	if err != nil {
		return bag, err
	}
	return bag.SetMember(member)
}

// isPlain reports whether a value is one that travels: text of some letters,
// not too long. Bytes that were no UTF-8 arrive as U+FFFD.
func isPlain(value string) bool {
	return len(value) <= maxBaggageValue && strings.TrimSpace(value) != "" && utf8.ValidString(value) &&
		!strings.ContainsFunc(value, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) })
}

// hideBaggage keeps our members of baggage from a provider, whether its
// request is still to get a baggage header from a transport below, by way of
// its context, or has one from a transport above. The request is a copy, and
// shares its header with the caller's.
func hideBaggage(ctx *measuredContext, copied *http.Request) {
	ctx.Context = withoutBaggage(ctx.Context)
	for name, values := range copied.Header {
		if len(name) == len(baggageHeader) && strings.EqualFold(name, baggageHeader) && hasOurs(values) {
			copied.Header = maps.Clone(copied.Header)
			setHeader(copied.Header, name, othersOf(values))
		}
	}
}

const baggageHeader = "baggage"

// hasBaggage reports whether a request has, or is to get, any baggage.
func hasBaggage(req *http.Request) bool {
	if baggage.FromContext(req.Context()).Len() > 0 {
		return true
	}
	for name := range req.Header {
		if len(name) == len(baggageHeader) && strings.EqualFold(name, baggageHeader) {
			return true
		}
	}
	return false
}

// setHeader leaves out a header without values.
func setHeader(header http.Header, name string, values []string) {
	header[name] = values
	if len(values) == 0 {
		delete(header, name)
	}
}

// withoutBaggage returns ctx without our members of baggage.
func withoutBaggage(ctx context.Context) context.Context {
	bag := baggage.FromContext(ctx)
	before := bag.Len()
	if before == 0 {
		return ctx
	}
	for _, key := range baggageKeys {
		if bag.Member(string(key)).Key() != "" {
			bag = bag.DeleteMember(string(key))
		}
	}
	if bag.Len() == before {
		return ctx
	}
	return baggage.ContextWithBaggage(ctx, bag)
}

func hasOurs(values []string) bool {
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			if isOurs(member) {
				return true
			}
		}
	}
	return false
}

// othersOf returns the values of a baggage header without our members; all
// others stay as they are.
func othersOf(values []string) []string {
	var kept []string
	for _, value := range values {
		var members []string
		for member := range strings.SplitSeq(value, ",") {
			if !isOurs(member) {
				members = append(members, member)
			}
		}
		if len(members) > 0 {
			kept = append(kept, strings.Join(members, ","))
		}
	}
	return kept
}

// isOurs tells our members of a baggage header by their names. A member is
// "name=value;properties"; only values are percent-encoded.
func isOurs(member string) bool {
	name, _, _ := strings.Cut(member, "=")
	name = strings.TrimSpace(name)
	for _, key := range baggageKeys {
		if name == string(key) {
			return true
		}
	}
	return false
}
