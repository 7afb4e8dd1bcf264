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

// operations maps the operations of leaf calls, and what older
// instrumentations call them, to the conventions' names.
var operations = map[string]string{
	semconv.OperationGenerateContent: semconv.OperationGenerateContent,
	semconv.OperationChat:            semconv.OperationChat,
	semconv.OperationTextCompletion:  semconv.OperationTextCompletion,
	semconv.OperationEmbeddings:      semconv.OperationEmbeddings,
	"completion":                     semconv.OperationTextCompletion,
	"embedding":                      semconv.OperationEmbeddings,
}

// rollups are the operations that never are calls themselves: what tokens
// they show are those of the calls below them.
var rollups = map[string]bool{
	semconv.OperationInvokeAgent:    true,
	semconv.OperationInvokeWorkflow: true,
	semconv.OperationCreateAgent:    true,
	semconv.OperationExecuteTool:    true,
}

// classify says what the span is, and for a call its operation, "" where that
// is not known. A span that an instrumentation marks as an agent, a chain, a
// workflow or a tool is ignored even where it names a call's operation.
func (a *attributes) classify() (k kind, operation string) {
	if a.has(fieldAnalysisCalls) {
		return kindClosed, ""
	}
	if a.has(fieldTraceloopKind) {
		return kindIgnored, ""
	}
	inferred, leaf := a.inferOperation()
	if !leaf {
		return kindIgnored, ""
	}
	if name := a.plain(fieldOperation); name != "" {
		return a.classifyOperation(name)
	}
	if inferred != "" || a.looksLikeCall() {
		return kindCall, inferred
	}
	return a.unplaced()
}

func (a *attributes) classifyOperation(name string) (kind, string) {
	if operation, ok := operations[name]; ok {
		return kindCall, operation
	}
	if rollups[name] {
		return kindIgnored, ""
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
	switch a.plain(fieldOpenInferenceKind) {
	case "":
	case "LLM":
		operation = semconv.OperationChat
	case "EMBEDDING":
		operation = semconv.OperationEmbeddings
	default:
		return "", false
	}
	if id := a.plain(fieldAIOperation); id != "" {
		// ai.generateText sums up its steps ai.generateText.doGenerate.
		_, step, isStep := strings.Cut(id, ".do")
		if !isStep {
			return "", false
		}
		operation = semconv.OperationChat
		if step == "Embed" {
			operation = semconv.OperationEmbeddings
		}
	}
	if known, ok := operations[a.plain(fieldRequestType)]; ok {
		operation = known
	}
	return operation, true
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

func (a *attributes) hasTokens() bool { return a.hasAny(fieldInput, fieldVideoOutput) }
