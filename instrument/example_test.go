// SPDX-License-Identifier: Apache-2.0

package instrument_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/spanledger/spanledger/instrument"
	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// post asks a stand-in of Gemini a question, as an SDK does under the hood.
func post(ctx context.Context, client *http.Client, url, text string) error {
	body := strings.NewReader(`{"contents":[{"parts":[{"text":"` + text + `"}]}]}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		url+"/v1beta/models/gemini-2.0-flash:generateContent", body)
	if err != nil {
		return err
	}
	req.Header.Set("X-Goog-Api-Key", "any")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// up is what the stand-in answers.
func up(instrumenttest.Request) instrumenttest.Answer {
	return instrumenttest.Answer{Text: "The price goes up."}
}

// An analysis gathers all calls that are made under its context, by call type.
func ExampleStartAnalysis() {
	ctx := context.Background()
	gemini, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(up))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gemini.Close()
	client := &http.Client{Transport: instrument.NewTransport(nil)}

	ctx, analysis := instrument.StartAnalysis(ctx, "analysis_123", instrument.WithSubject("RELIANCE"))
	for _, step := range []instrument.CallType{"indicator_summary", "volume_analysis", "indicator_summary"} {
		if err := post(instrument.ContextWithCallType(ctx, step), client, gemini.URL(), "And now?"); err != nil {
			fmt.Println(err)
		}
	}
	analysis.End()

	summary := analysis.Summary()
	fmt.Println(summary.Subject, summary.Calls, "calls,", summary.TotalTokens(), "tokens")
	for i := range summary.Breakdowns {
		part := &summary.Breakdowns[i]
		fmt.Println(part.CallType, part.Calls, "calls,", part.InputTokens(), "tokens in")
	}
	// Output:
	// RELIANCE 3 calls, 21 tokens
	// indicator_summary 2 calls, 4 tokens in
	// volume_analysis 1 calls, 2 tokens in
}

// A transport measures the calls of any client that goes through it.
func ExampleNewTransport() {
	ctx := context.Background()
	gemini, err := instrumenttest.StartGemini(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gemini.Close()
	gemini.Fail(1, instrumenttest.Fault{Status: http.StatusTooManyRequests})

	client := &http.Client{Transport: instrument.NewTransport(http.DefaultTransport)}
	ctx, analysis := instrument.StartAnalysis(ctx, "")
	defer analysis.End()
	for range 2 {
		if err := post(ctx, client, gemini.URL(), "Where does the price go?"); err != nil {
			fmt.Println(err)
		}
	}

	calls := analysis.Summary().Breakdowns[0].Details
	fmt.Printf("first: input %s, error %q\n", calls[0].Usage.Input, calls[0].ErrorType)
	fmt.Printf("second: input %s, error %q\n", calls[1].Usage.Input, calls[1].ErrorType)
	// Output:
	// first: input unknown, error "429"
	// second: input 6, error ""
}

// A call that no transport sees is started and ended by hand.
func ExampleStart() {
	ctx, analysis := instrument.StartAnalysis(context.Background(), "video_7")
	defer analysis.End()

	_, call := instrument.Start(ctx, instrument.CallStart{
		Provider: "gcp.gemini", Operation: "generate_content", Model: "gemini-2.5-pro", Type: "live_session",
	})
	// … talk over a websocket …
	call.End(instrument.CallResult{
		Usage: instrument.Usage{Input: instrument.Known(1000), Output: instrument.Known(100)},
	})

	summary := analysis.Summary()
	cost, _ := summary.CostUSD()
	fmt.Println(summary.TotalTokens(), "tokens for", cost, "USD")
	// Output: 1,100 tokens for 0.00225 USD
}

// What is not known is told from what is zero.
func ExampleCall_End() {
	ctx, analysis := instrument.StartAnalysis(context.Background(), "video_8")
	defer analysis.End()

	_, call := instrument.Start(ctx, instrument.CallStart{Provider: "openai", Model: "gpt-4o-mini"})
	call.End(instrument.CallResult{Err: context.DeadlineExceeded})

	summary := analysis.Summary()
	fmt.Println("calls:", summary.Calls, "failed:", summary.Failed, "input:", summary.InputTokens())
	// Output: calls: 1 failed: 1 input: unknown
}

// A summary prints itself for people, and marshals for programs.
func ExampleAnalysis_Summary() {
	ctx, analysis := instrument.StartAnalysis(context.Background(), "analysis_123", instrument.WithSubject("RELIANCE"))
	_, call := instrument.Start(ctx, instrument.CallStart{
		Provider: "gcp.gemini", Model: "gemini-2.0-flash", Type: "final_decision",
	})
	call.End(instrument.CallResult{
		Usage: instrument.Usage{Input: instrument.Known(1200), Output: instrument.Known(34)},
	})
	analysis.End()

	summary := analysis.Summary()
	summary.End = summary.Start.Add(1500 * time.Millisecond) // so that the output is always the same
	fmt.Println(summary)
	// Output:
	// Analysis of RELIANCE
	// ====================
	//   Analysis ID    analysis_123
	//   Duration       1.5s
	//   LLM calls      1
	//   Succeeded      1
	//   Failed         0
	//
	// Tokens
	//   Input tokens   1,200
	//   Output tokens  34
	//   Total tokens   1,234
	//   Cost           $0.0001336
	//
	// final_decision
	//   Calls          1
	//   Input tokens   1,200
	//   Output tokens  34
	//   Total tokens   1,234
	//   Success rate   100.0 %
	//   Cost           $0.0001336
}

// An analysis goes on in another service: the propagator that carries traces
// between services carries what WithBaggage allows.
func ExampleWithBaggage() {
	propagator := propagation.Baggage{}
	header := http.Header{}

	// The first service.
	ctx, analysis := instrument.StartAnalysis(context.Background(), "analysis_123", instrument.WithUser("u-7"),
		instrument.WithBaggage(instrument.BaggageAnalysisID, instrument.BaggageUserID))
	propagator.Inject(ctx, propagation.HeaderCarrier(header)) // as an instrumented HTTP client does
	analysis.End()

	// The second service.
	ctx = propagator.Extract(context.Background(), propagation.HeaderCarrier(header))
	_, part := instrument.StartAnalysis(ctx, "",
		instrument.FromBaggage(instrument.BaggageAnalysisID, instrument.BaggageUserID))
	defer part.End()
	fmt.Println(part.ID(), "for", part.Summary().UserID)
	// Output: analysis_123 for u-7
}

// A client that sends a refused request again makes one call of two attempts.
// What the transport cannot see of its client, a policy says.
func ExampleWithRetryPolicy() {
	ctx := context.Background()
	gemini, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(up))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gemini.Close()
	gemini.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
	client := &http.Client{Transport: instrument.NewTransport(nil,
		instrument.WithRetryPolicy(func(failed instrument.FailedAttempt) bool {
			return failed.Status == http.StatusServiceUnavailable && failed.Number < 3
		}))}

	ctx, analysis := instrument.StartAnalysis(ctx, "")
	defer analysis.End()
	for range 2 {
		if err := post(ctx, client, gemini.URL(), "Up or down?"); err != nil {
			fmt.Println(err)
		}
	}
	call := analysis.Summary().Breakdowns[0].Details[0]
	fmt.Println(call.Attempts, "attempts, succeeded:", call.Succeeded())
	// Output: 2 attempts, succeeded: true
}

// Flush records what waits for a retry that does not come.
func ExampleFlush() {
	ctx := context.Background()
	gemini, err := instrumenttest.StartGemini(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer gemini.Close()
	gemini.Fail(1, instrumenttest.Fault{Status: http.StatusServiceUnavailable})
	client := &http.Client{Transport: instrument.NewTransport(nil,
		instrument.WithRetryPolicy(func(instrument.FailedAttempt) bool { return true }))}

	ctx, analysis := instrument.StartAnalysis(ctx, "")
	defer analysis.End()
	if err := post(ctx, client, gemini.URL(), "Up or down?"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(analysis.Summary().Calls, "calls while it waits")
	instrument.Flush()
	fmt.Println(analysis.Summary().Failed, "failed call after")
	// Output:
	// 0 calls while it waits
	// 1 failed call after
}
