// SPDX-License-Identifier: Apache-2.0

package stockanalysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"google.golang.org/genai"
)

// ErrNoAnswer says that the model answered without a text: the prompt was blocked, or the answer was.
var ErrNoAnswer = errors.New("no text in the answer")

// CodeRun is one piece of code that the model ran on the provider's side.
type CodeRun struct {
	Code string `json:"code"`
	// Output is what the code printed, or why it ended badly.
	Output string `json:"output"`
	OK     bool   `json:"ok"`
}

// read takes the text and the code runs out of a response. The SDK's own Text method is not used: it writes a
// warning to the process's log where there are code parts.
func read(response *genai.GenerateContentResponse) (string, []CodeRun, error) {
	var text strings.Builder
	var runs []CodeRun
	for _, part := range parts(response) {
		switch {
		case part.ExecutableCode != nil:
			runs = append(runs, CodeRun{Code: part.ExecutableCode.Code})
		case part.CodeExecutionResult != nil && len(runs) > 0:
			last := &runs[len(runs)-1]
			last.Output = part.CodeExecutionResult.Output
			last.OK = part.CodeExecutionResult.Outcome == genai.OutcomeOK
		case !part.Thought:
			text.WriteString(part.Text)
		}
	}
	if text.Len() == 0 {
		return "", runs, fmt.Errorf("%w: %s", ErrNoAnswer, whyEmpty(response))
	}
	return text.String(), runs, nil
}

func parts(response *genai.GenerateContentResponse) []*genai.Part {
	if len(response.Candidates) == 0 || response.Candidates[0].Content == nil {
		return nil
	}
	return response.Candidates[0].Content.Parts
}

// whyEmpty is the provider's code for it, never a text of its own.
func whyEmpty(response *genai.GenerateContentResponse) string {
	var reason string
	if response.PromptFeedback != nil {
		reason = string(response.PromptFeedback.BlockReason)
	}
	if len(response.Candidates) > 0 {
		reason = cmp.Or(reason, string(response.Candidates[0].FinishReason))
	}
	return cmp.Or(reason, "no reason given")
}

// ErrorClass names the kind of an error that a GeminiCore returned, without any of its text: the HTTP status and the
// provider's code for it, or one of "timeout", "canceled", "no answer", "no connection" and "other".
func ErrorClass(err error) string {
	var provider genai.APIError
	var network net.Error
	switch {
	case errors.As(err, &provider):
		return strings.TrimSpace(strconv.Itoa(provider.Code) + " " + provider.Status)
	case errors.Is(err, ErrNoAnswer):
		return "no answer"
	case errors.Is(err, errNotADecision):
		return errNotADecision.Error()
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &network):
		return "no connection"
	default:
		return "other"
	}
}
