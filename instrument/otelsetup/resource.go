// SPDX-License-Identifier: Apache-2.0

package otelsetup

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Keys of the resource.
const (
	keyServiceName     = "service.name"
	keyServiceVersion  = "service.version"
	keyServiceInstance = "service.instance.id"
)

// newResource describes this process. What stands further down replaces what
// stands above it: the environment has the last word. Command lines and
// environment variables stay out, for they may hold secrets.
func newResource(ctx context.Context, config *Config) (*resource.Resource, error) {
	instance, err := newInstanceID()
	if err != nil {
		return nil, err
	}
	own := []attribute.KeyValue{
		attribute.String(keyServiceInstance, instance),
		attribute.String(keyServiceName, cmp.Or(config.ServiceName, unnamedService())),
	}
	if config.ServiceVersion != "" {
		own = append(own, attribute.String(keyServiceVersion, config.ServiceVersion))
	}
	res, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithAttributes(own...),
		resource.WithAttributes(config.Attributes...),
		resource.WithFromEnv(),
	)
	if err != nil && !errors.Is(err, resource.ErrPartialResource) { // a host without a name is no reason to stop
		return nil, fmt.Errorf("otelsetup: describe the service: %w", err)
	}
	return res, nil
}

// unnamedService is the name that the conventions give to a service without
// one.
func unnamedService() string { return "unknown_service:" + filepath.Base(os.Args[0]) }

// newInstanceID returns a random UUID, so that the counters of two replicas
// are not taken for one.
func newInstanceID() (string, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", fmt.Errorf("otelsetup: name this instance: %w", err)
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), nil
}
