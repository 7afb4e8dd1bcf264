// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const (
	exportMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	// sendAgain is when a request that was refused is sent again.
	sendAgain = 25 * time.Millisecond
)

// send sends all requests over so many connections to each Collector, one
// request at a time on each, and again where one is refused for now, as every
// sender of OTLP does. It returns when the Collectors have taken all.
func send(ctx context.Context, collectors []*collector, connections int, requests []request) error {
	queue := make(chan []byte, len(requests))
	for i := range requests {
		queue <- requests[i].body
	}
	close(queue)
	var wg sync.WaitGroup
	errs := make([]error, connections*len(collectors))
	for i := range errs {
		wg.Go(func() { errs[i] = sendTo(ctx, collectors[i%len(collectors)].address, queue) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func sendTo(ctx context.Context, address string, queue <-chan []byte) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{})))
	if err != nil {
		return fmt.Errorf("connect to a Collector: %w", err)
	}
	defer conn.Close()
	for body := range queue {
		if err := sendOne(ctx, conn, body); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

func sendOne(ctx context.Context, conn *grpc.ClientConn, body []byte) error {
	for {
		var reply []byte
		err := conn.Invoke(ctx, exportMethod, body, &reply)
		if code := status.Code(err); code != codes.Unavailable && code != codes.ResourceExhausted {
			return err
		}
		again := time.NewTimer(sendAgain)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		}
	}
}

// rawCodec sends what is marshaled already.
type rawCodec struct{}

var errNotRaw = errors.New("not raw bytes")

// Marshal returns the bytes that it is given.
func (rawCodec) Marshal(v any) ([]byte, error) {
	body, ok := v.([]byte)
	if !ok {
		return nil, errNotRaw
	}
	return body, nil
}

// Unmarshal gives back the bytes that came.
func (rawCodec) Unmarshal(data []byte, v any) error {
	to, ok := v.(*[]byte)
	if !ok {
		return errNotRaw
	}
	*to = append([]byte(nil), data...)
	return nil
}

// Name is that of the codec whose bytes these are.
func (rawCodec) Name() string { return "proto" }
