// SPDX-License-Identifier: Apache-2.0

package instrumenttest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/genai"

	"github.com/spanledger/spanledger/instrument/instrumenttest"
)

// A real SDK client calls the stand-in, and the journal says what it answered.
func ExampleStartGemini() {
	ctx := context.Background()
	fake, err := instrumenttest.StartGemini(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fake.Close()

	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      "any",
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Models.GenerateContent(ctx, "gemini-2.5-flash", genai.Text("Is the trend up or down?"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	answered := fake.Exchanges()[0]
	usage := answered.Usage
	fmt.Println(answered.Kind, answered.Model, answered.Status)
	fmt.Println("prompt", usage.Prompt, "thoughts", usage.Thoughts)
	fmt.Println("adds up:", usage.Input()+usage.Output() == usage.Total)
	// Output:
	// generateContent gemini-2.5-flash 200
	// prompt 6 thoughts 16
	// adds up: true
}

// A responder decides what the model says.
func ExampleWithResponder() {
	ctx := context.Background()
	fake, err := instrumenttest.StartGemini(ctx, instrumenttest.WithResponder(
		func(req instrumenttest.Request) instrumenttest.Answer {
			if strings.Contains(req.Prompt, "volume") {
				return instrumenttest.Answer{Text: "Volume is rising."}
			}
			return instrumenttest.DefaultResponder(req)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fake.Close()

	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      "any",
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Models.GenerateContent(ctx, "gemini-2.0-flash", genai.Text("Analyze the volume."), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: Volume is rising.
}

// The first call fails, the second does not.
func ExampleGemini_Fail() {
	ctx := context.Background()
	fake, err := instrumenttest.StartGemini(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer fake.Close()
	fake.Fail(1, instrumenttest.Fault{Status: http.StatusTooManyRequests})

	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      "any",
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: fake.URL()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		_, err = client.Models.GenerateContent(ctx, "gemini-2.0-flash", genai.Text("Hello"), nil)
		if apiErr, ok := errors.AsType[genai.APIError](err); ok {
			fmt.Println(apiErr.Code, apiErr.Status)
			continue
		}
		fmt.Println("ok")
	}
	// Output:
	// 429 RESOURCE_EXHAUSTED
	// ok
}

// Tokens are counted by a rule that can be checked by hand.
func ExampleTokens() {
	fmt.Println(instrumenttest.Tokens("four"), instrumenttest.Tokens("five!"), instrumenttest.Tokens(""))
	// Output: 1 2 0
}
