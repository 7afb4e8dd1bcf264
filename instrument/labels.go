// SPDX-License-Identifier: Apache-2.0

package instrument

import (
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/spanledger/spanledger/internal/semconv"
)

// callLabels are the attributes of a call in the gen_ai histograms.
type callLabels struct {
	operation, provider         string
	requestModel, responseModel string
	address                     string
	port                        int
	errorType                   string
}

// callOptions are the same attributes, ready to be recorded with: those that
// the generation of the conventions needs.
type callOptions struct {
	call, input, output []metric.RecordOption
	modality            [modalities][]metric.AddOption

	labels callLabels
}

// maxOptions bounds an optionCache: labels beyond are made for each call. A
// service that needs more has other troubles with its metrics.
const maxOptions = 1000

// optionCache keeps the options of labels, which cost more to make than to
// record. It may be used from many goroutines at once.
type optionCache struct {
	last    atomic.Pointer[callOptions] // most calls have what the one before had
	mu      sync.RWMutex
	options map[callLabels]*callOptions
}

// get returns the options of labels, which newOptions makes.
func (c *optionCache) get(labels callLabels, newOptions func(callLabels) *callOptions) *callOptions {
	if last := c.last.Load(); last != nil && last.labels == labels {
		return last
	}
	c.mu.RLock()
	options := c.options[labels]
	c.mu.RUnlock()
	if options == nil {
		options = c.add(labels, newOptions(labels))
	}
	c.last.Store(options)
	return options
}

func (c *optionCache) add(labels callLabels, options *callOptions) *callOptions {
	options.labels = labels
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.options == nil {
		c.options = make(map[callLabels]*callOptions)
	}
	if len(c.options) < maxOptions {
		c.options[labels] = options
	}
	return options
}

func (l callLabels) attributes() attributes {
	a := make(attributes, 0, 8)
	a.text(semconv.OperationName, l.operation)
	a.text(semconv.ProviderName, l.provider)
	a.text(semconv.RequestModel, l.requestModel)
	a.text(semconv.ResponseModel, l.responseModel)
	a.server(&CallStart{ServerAddress: l.address, ServerPort: l.port})
	a.text(semconv.ErrorType, l.errorType)
	return a
}

func attributeSet(a attributes, more ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(slices.Concat(a, more)...))
}

func recordWith(a attributes, more ...attribute.KeyValue) []metric.RecordOption {
	return []metric.RecordOption{attributeSet(a, more...)}
}
