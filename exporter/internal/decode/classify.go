// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"strings"

	"github.com/spanledger/spanledger/internal/semconv"
)

// kind is what a span is to the ledger.
type kind uint8

const (
	// kindIgnored: not an LLM call, or one that only repeats what other spans
	// report.
	kindIgnored kind = iota
	// kindCall: a leaf, one request to a provider.
	kindCall
	// kindClosed: the end of an analysis.
	kindClosed
	// kindUnclassified: token counts that no rule can place.
	kindUnclassified
)

// callOperation returns the conventions' name of the operation of a leaf call,
// which older instrumentations call otherwise.
func callOperation(name string) (operation string, ok bool) {
	switch name {
	case semconv.OperationGenerateContent, semconv.OperationChat,
		semconv.OperationTextCompletion, semconv.OperationEmbeddings:
		return name, true
	case "chat.completions", "chat.streaming_completions":
		return semconv.OperationChat, true
	case "completion", "text.completions", "text.streaming_completions", "text_completions":
		return semconv.OperationTextCompletion, true
	case "embedding":
		return semconv.OperationEmbeddings, true
	}
	return "", false
}

// isRollup reports whether an operation never is a call itself: what tokens it
// shows are those of the calls below it.
func isRollup(operation string) bool {
	switch operation {
	case semconv.OperationInvokeAgent, semconv.OperationInvokeWorkflow,
		semconv.OperationCreateAgent, semconv.OperationExecuteTool, "agent_step", "framework":
		return true
	}
	return false
}

// classify says what the span is, and for a call its operation, "" where that
// is not known. A span that an instrumentation marks as an agent, a chain, a
// workflow or a tool is ignored even where it names a call's operation.
func (a *attributes) classify() (k kind, operation string) {
	if a.has(fieldAnalysisCalls) {
		return kindClosed, ""
	}
	inferred, leaf := a.inferOperation()
	if !leaf {
		return kindIgnored, ""
	}
	if name := a.plain(fieldOperation); name != "" {
		return a.classifyOperation(name, inferred)
	}
	if inferred != "" || a.looksLikeCall() {
		return kindCall, inferred
	}
	return a.unplaced()
}

func (a *attributes) classifyOperation(name, inferred string) (kind, string) {
	if operation, ok := callOperation(name); ok {
		return kindCall, operation
	}
	switch {
	case isRollup(name):
		return kindIgnored, ""
	case inferred != "":
		return kindCall, inferred
	}
	return a.unplaced()
}

// unplaced tells spans that cost nothing from those that may have.
func (a *attributes) unplaced() (kind, string) {
	if a.hasTokens() && !a.has(fieldAgentName) {
		return kindUnclassified, ""
	}
	return kindIgnored, ""
}

// inferOperation reads the marks of other instrumentations. It returns false
// for a span that one of them marks as something else than a call.
func (a *attributes) inferOperation() (operation string, leaf bool) {
	if a.hasAny(fieldTraceloopKind, fieldLangSmithKind) {
		if operation, leaf = a.markedOperation(); !leaf {
			return "", false
		}
	}
	if id := a.plain(fieldAIOperation); id != "" {
		if operation, leaf = stepOperation(id); !leaf {
			return "", false
		}
	}
	if a.has(fieldRequestType) {
		switch kind := a.plain(fieldRequestType); kind {
		case "rerank":
			return "", false
		default:
			if known, ok := callOperation(kind); ok {
				operation = known
			}
		}
	}
	return operation, true
}

// markedOperation reads what kind of span an instrumentation says that it is.
func (a *attributes) markedOperation() (operation string, leaf bool) {
	if a.has(fieldTraceloopKind) {
		return "", false
	}
	for f := fieldOpenInferenceKind; f <= fieldLangSmithKind; f++ {
		switch strings.Trim(a.plain(f), `"`) {
		case "", "UNKNOWN":
		case "LLM", "CHAT_MODEL", "llm", "generation":
			operation = semconv.OperationChat
		case "EMBEDDING", "embedding":
			operation = semconv.OperationEmbeddings
		case "span":
			// Langfuse before 3.4 marked generations so that were updated.
			if !a.has(fieldUsageDocument) {
				return "", false
			}
		default:
			return "", false
		}
	}
	return operation, true
}

// stepOperation reads the operation of the Vercel AI SDK: ai.generateText sums
// up its steps ai.generateText.doGenerate.
func stepOperation(id string) (operation string, leaf bool) {
	_, step, _ := strings.Cut(id, ".do")
	switch step {
	case "Generate", "Stream":
		return semconv.OperationChat, true
	case "Embed":
		return semconv.OperationEmbeddings, true
	}
	return "", false
}

// looksLikeCall applies to spans that name no operation, as instrumentations
// older than that attribute write them: a call shows at least two of
// provider, model and tokens. Agents of that age show them too, and a name. The
// provider's present name is younger than the operation's: who writes it leaves
// out the operation of what is no call, such as to count tokens.
func (a *attributes) looksLikeCall() bool {
	const present = 1 // the rank of the conventions' own name
	if a.has(fieldAgentName) || a.ranks[fieldProvider] == present && !a.hasTokens() {
		return false
	}
	marks := 0
	for _, mark := range [...]bool{
		a.has(fieldProvider), a.has(fieldRequestModel) || a.has(fieldResponseModel), a.hasTokens(),
	} {
		if mark {
			marks++
		}
	}
	return marks >= 2
}

func (a *attributes) hasTokens() bool { return a.hasAny(fieldUsageDocument, fieldVideoOutput) }
