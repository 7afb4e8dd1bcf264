// SPDX-License-Identifier: Apache-2.0

package nethttp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// request is one question to an API.
type request struct {
	url         string
	header, key string // the header that holds the key
	body        any
}

// post sends a question. The body of the response is the caller's to close.
func post(ctx context.Context, client *http.Client, q request) (*http.Response, error) {
	raw, err := json.Marshal(q.body)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(q.header, q.key)
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("ask: %s", res.Status)
	}
	return res, nil
}

// whole reads an answer that is one document.
func whole[T any](res *http.Response) (answer T, err error) {
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("decode the answer: %w", err)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return answer, err
}

// maxEvent is how long one event may be.
const maxEvent = 1 << 20

// stream reads an answer that is a stream of events, to its end: OpenAI sends the
// usage after the last piece of text.
func stream[T any](res *http.Response, each func(T)) error {
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, isData := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !isData || string(data) == "[DONE]" {
			continue
		}
		var event T
		if err := json.Unmarshal(data, &event); err != nil {
			return fmt.Errorf("decode an event: %w", err)
		}
		each(event)
	}
	return lines.Err()
}
