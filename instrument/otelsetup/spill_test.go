// SPDX-License-Identifier: Apache-2.0

package otelsetup_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spanledger/spanledger/instrument/otelsetup"
)

// end ends n spans, named from 0 on.
func end(p *otelsetup.LedgerProcessor, n int) (names []string) {
	for i := range n {
		names = append(names, strconv.Itoa(i))
		p.OnEnd(llmSpan(strconv.Itoa(i)))
	}
	return names
}

// files returns the names of files with this end in dir.
func files(t *testing.T, dir, end string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"+end))
	require.NoError(t, err)
	return found
}

func TestLedgerProcessor_SpillOutage(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context, []string) error{"Away": clientAway, "Silent": clientSilent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "spill")
			synctest.Test(t, func(t *testing.T) {
				client := &fakeClient{answer: answer}
				p := newSpilling(t, client, otelsetup.LedgerConfig{QueueSize: 4, BatchSize: 2, SpillDir: dir})
				start := time.Now()
				want := end(p, 100)
				require.Zero(t, time.Since(start), "the disk takes what the queue does not")
				pass(time.Hour)
				require.Empty(t, client.got())
				require.NotEmpty(t, files(t, dir, ".spans"))

				client.takeAll()
				require.NoError(t, p.Shutdown(t.Context()))
				if name == "Away" {
					require.Equal(t, want, client.got(), "in order, each once")
				}
				require.Zero(t, p.Dropped())
				require.True(t, client.stopped)
			})
		})
	}
}

// TestLedgerProcessor_SpillSlow has a receiver that takes longer than a batch
// waits for it: the batch goes to disk, but is not sent twice.
func TestLedgerProcessor_SpillSlow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		client := &fakeClient{answer: func(context.Context, []string) error {
			pass(10 * time.Second)
			return nil
		}}
		p := newSpilling(t, client, otelsetup.LedgerConfig{BatchSize: 2, SpillDir: dir})
		want := end(p, 7)
		pass(time.Minute)
		require.Equal(t, want, client.got())
		require.Empty(t, files(t, dir, ".spans"))
		require.NoError(t, p.Shutdown(t.Context()))
	})
}

func TestLedgerProcessor_SpillShutdown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(context.Context, []string) error{"Away": clientAway, "Silent": clientSilent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var want []string
			synctest.Test(t, func(t *testing.T) {
				p := newSpilling(t, &fakeClient{answer: answer}, otelsetup.LedgerConfig{BatchSize: 3, SpillDir: dir})
				want = end(p, 10)
				start := time.Now()
				require.NoError(t, p.Shutdown(t.Context()))
				require.LessOrEqual(t, time.Since(start), 2*time.Second)
				require.Zero(t, p.Dropped())
			})
			require.True(t, reports.contains("10 ledger spans stay in "+strconv.Quote(dir)))
			restarted := &fakeClient{}
			p := newSpilling(t, restarted, otelsetup.LedgerConfig{SpillDir: dir})
			require.NoError(t, p.Shutdown(t.Context()))
			require.Equal(t, want, restarted.got())
		})
	}

	t.Run("NoTime", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		p := newSpilling(t, &fakeClient{answer: clientSilent}, otelsetup.LedgerConfig{BatchSize: 2, SpillDir: dir})
		end(p, 5)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, p.Shutdown(ctx))
		require.Zero(t, p.Dropped())
		require.Len(t, files(t, dir, ".spans"), 3)
	})
}

func TestLedgerProcessor_SpillFlush(t *testing.T) {
	t.Parallel()
	client, dir := &fakeClient{answer: clientAway}, t.TempDir()
	p := newSpilling(t, client, otelsetup.LedgerConfig{Interval: time.Hour, SpillDir: dir})
	want := end(p, 3)
	require.NoError(t, p.ForceFlush(t.Context()), "the disk will do")
	require.Len(t, files(t, dir, ".spans"), 1)
	client.takeAll()
	require.Eventually(t, func() bool { return slices.Equal(want, client.got()) }, waitFor, tick)
	require.NoError(t, p.Shutdown(t.Context()))
}

func TestLedgerProcessor_SpillRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	client := &fakeClient{answer: clientAway}
	first := newSpilling(t, client, otelsetup.LedgerConfig{SpillDir: dir})
	end(first, 5)
	require.NoError(t, first.Shutdown(t.Context()))

	client = &fakeClient{answer: func(_ context.Context, names []string) error {
		if slices.Contains(names, "2") {
			return status.Error(codes.InvalidArgument, "")
		}
		return nil
	}}
	second := newSpilling(t, client, otelsetup.LedgerConfig{SpillDir: dir})
	require.NoError(t, second.Shutdown(t.Context()))
	require.Equal(t, []string{"0", "1", "3", "4"}, client.got())
	require.Equal(t, int64(1), second.Dropped())
	require.Empty(t, files(t, dir, ".spans"))
}

// lossMeter returns a meter provider and how to read the losses, by reason.
func lossMeter(t *testing.T) (*sdkmetric.MeterProvider, func() map[string]int64) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), func() map[string]int64 {
		var got metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(context.WithoutCancel(t.Context()), &got))
		lost := map[string]int64{}
		for _, scope := range got.ScopeMetrics {
			for _, point := range scope.Metrics[0].Data.(metricdata.Sum[int64]).DataPoints {
				reason, _ := point.Attributes.Value("spanledger.loss.reason")
				lost[reason.AsString()] = point.Value
			}
		}
		return lost
	}
}

func TestLedgerProcessor_SpillFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	meters, lost := lossMeter(t)
	synctest.Test(t, func(t *testing.T) {
		client := &fakeClient{answer: clientAway}
		p := newSpilling(t, client, otelsetup.LedgerConfig{
			QueueSize: 4, BatchSize: 2, SpillDir: dir, SpillMaxBytes: 3 * 4096, MeterProvider: meters,
		})
		start := time.Now()
		want := end(p, 12)
		require.Zero(t, time.Since(start))
		synctest.Wait()
		require.Len(t, files(t, dir, ".spans"), 3)
		p.OnEnd(llmSpan("lost"))
		require.Equal(t, 5*time.Second, time.Since(start), "a full disk is a full queue")
		require.Equal(t, int64(1), p.Dropped())

		client.takeAll()
		pass(time.Minute)
		require.Equal(t, want, client.got())
		require.NoError(t, p.Shutdown(t.Context()))
	})
	require.Equal(t, map[string]int64{"spill_full": 1}, lost())
	require.True(t, reports.contains("(the spill directory takes no more)"))
}

// TestLedgerProcessor_SpillFullShutdown shuts down when neither the receiver
// nor the disk takes anything.
func TestLedgerProcessor_SpillFullShutdown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	meters, lost := lossMeter(t)
	synctest.Test(t, func(t *testing.T) {
		p := newSpilling(t, &fakeClient{answer: clientAway}, otelsetup.LedgerConfig{
			BatchSize: 2, SpillDir: dir, SpillMaxBytes: 4096, MeterProvider: meters,
		})
		end(p, 6)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorContains(t, p.Shutdown(ctx), "4 ledger spans could not be delivered")
		require.LessOrEqual(t, time.Since(start), 3*time.Second)
	})
	require.Equal(t, map[string]int64{"spill_full": 4}, lost())
	require.Len(t, files(t, dir, ".spans"), 1)
}

// TestLedgerProcessor_SpillDiskFails takes the directory away under the
// processor.
func TestLedgerProcessor_SpillDiskFails(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spill")
	synctest.Test(t, func(t *testing.T) {
		client := &fakeClient{answer: clientAway}
		p := newSpilling(t, client, otelsetup.LedgerConfig{BatchSize: 2, SpillDir: dir})
		require.NoError(t, os.RemoveAll(dir))
		want := end(p, 6)
		pass(time.Minute)
		client.takeAll()
		pass(time.Minute)
		require.Equal(t, want, client.got(), "memory and back-pressure still hold")
		require.NoError(t, p.Shutdown(t.Context()))
		require.Zero(t, p.Dropped())
	})
}

// TestLedgerProcessor_SpillDamage damages files between two processes.
func TestLedgerProcessor_SpillDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newSpilling(t, &fakeClient{answer: clientAway}, otelsetup.LedgerConfig{BatchSize: 2, SpillDir: dir})
	end(first, 14)
	require.NoError(t, first.Shutdown(t.Context()))
	all := files(t, dir, ".spans")
	require.Len(t, all, 7)
	change := func(file int, change func([]byte) []byte) {
		data, err := os.ReadFile(all[file])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(all[file], change(data), 0o600))
	}
	change(1, func(data []byte) []byte { data[len(data)/2] ^= 1; return data })
	change(2, func(data []byte) []byte { return data[:len(data)-1] })
	change(3, func([]byte) []byte { return nil })
	require.NoError(t, os.Rename(all[4], all[4]+".tmp")) // whole, but not yet renamed
	change(5, func(data []byte) []byte { return data[:20] })
	require.NoError(t, os.Rename(all[5], all[5]+".tmp")) // half written
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README"), []byte("of the operator"), 0o600))

	meters, lost := lossMeter(t)
	client := &fakeClient{}
	second := newSpilling(t, client, otelsetup.LedgerConfig{SpillDir: dir, MeterProvider: meters})
	require.NoError(t, second.Shutdown(t.Context()))
	require.Equal(t, []string{"0", "1", "8", "9", "12", "13"}, client.got())
	require.Equal(t, map[string]int64{"spill_corrupt": 8}, lost())
	require.Len(t, files(t, dir, ".bad"), 4)
	require.Empty(t, files(t, dir, ".spans"))
	require.FileExists(t, filepath.Join(dir, "README"))
	require.True(t, reports.contains("cannot be read, and are set aside"))
}

func TestLedgerProcessor_SpillPermissions(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	p := newSpilling(t, &fakeClient{answer: clientAway}, otelsetup.LedgerConfig{SpillDir: dir})
	end(p, 1)
	require.NoError(t, p.Shutdown(t.Context()))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the lock and a batch")
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestNewLedgerProcessor_SpillErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	used := filepath.Join(dir, "used")
	p := newSpilling(t, &fakeClient{}, otelsetup.LedgerConfig{SpillDir: used})
	spilling, err := otelsetup.NewSpillExporter(t.Context(), &fakeClient{})
	require.NoError(t, err)

	for _, tt := range []struct {
		name    string
		config  otelsetup.LedgerConfig
		setting string
		want    string
	}{
		{
			"InUse",
			otelsetup.LedgerConfig{SpillDir: used},
			"LedgerConfig.SpillDir",
			strconv.Quote(used) + " is in use by another process or processor; give each process a directory of its own",
		},
		{
			"NoDirectory",
			otelsetup.LedgerConfig{SpillDir: file},
			"LedgerConfig.SpillDir",
			strconv.Quote(file) + " cannot be used: ",
		},
		{
			"Negative",
			otelsetup.LedgerConfig{SpillDir: dir, SpillMaxBytes: -1},
			"LedgerConfig.SpillMaxBytes",
			"have -1; set it to 4096 or more",
		},
		{"TooSmall", otelsetup.LedgerConfig{SpillMaxBytes: 4095}, "LedgerConfig.SpillMaxBytes", "have 4095"},
	} {
		_, err := otelsetup.NewLedgerProcessor(t.Context(), spilling, tt.config)
		var wrong *otelsetup.ConfigError
		require.ErrorAs(t, err, &wrong, tt.name)
		require.Equal(t, tt.setting, wrong.Setting)
		require.ErrorContains(t, err, tt.want)
	}

	_, err = otelsetup.NewLedgerProcessor(t.Context(), &fakeExporter{}, otelsetup.LedgerConfig{SpillDir: dir})
	require.ErrorContains(t, err, "cannot send what was kept on disk; make it with otelsetup.NewSpillExporter")

	require.NoError(t, p.Shutdown(t.Context()))
	again := newSpilling(
		t,
		&fakeClient{},
		otelsetup.LedgerConfig{SpillDir: used, MeterProvider: noop.NewMeterProvider()},
	)
	require.NoError(t, again.Shutdown(t.Context()), "a shutdown gives the directory back")
}
