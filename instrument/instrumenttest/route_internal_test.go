// SPDX-License-Identifier: Apache-2.0

package instrumenttest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseRoute(t *testing.T) {
	t.Parallel()
	const project = "projects/p/locations/l/"
	for _, tt := range []struct {
		method, path string
		want         route
	}{
		{"POST", "/v1beta/models/m:generateContent", route{kind: KindGenerate, model: "m"}},
		{"POST", "/v1/models/m:streamGenerateContent", route{kind: KindStream, model: "m"}},
		{"POST", "/v1alpha/tunedModels/m:generateContent", route{kind: KindGenerate, model: "m"}},
		{"POST", "/v1beta1/" + project + "publishers/google/models/m:countTokens", route{kind: KindCountTokens, model: "m", vertex: true}},
		{"POST", "/v1/" + project + "endpoints/7:generateContent", route{kind: KindGenerate, model: "7", vertex: true}},
		{"POST", "/v1beta1/publishers/google/models/m:embedContent", route{kind: KindEmbed, model: "m", vertex: true}},
		{"GET", "/v1beta/models", route{kind: KindListModels}},
		{"GET", "/v1beta/models/m", route{kind: KindGetModel, model: "m"}},
		{"POST", "/v1beta/cachedContents", route{kind: KindCreateCache, name: "cachedContents/"}},
		{"GET", "/v1beta/cachedContents/c", route{kind: KindGetCache, name: "cachedContents/c"}},
		{"DELETE", "/v1/" + project + "cachedContents/c", route{kind: KindDeleteCache, name: project + "cachedContents/c", vertex: true}},
		{"POST", "/v1beta/models/m", route{}},
		{"POST", "/v1beta/models/:generateContent", route{}},
		{"POST", "/v1beta/models/m:createCachedContent", route{}},
		{"POST", "/v1beta/models/a/b:generateContent", route{}},
		{"GET", "/v1beta/models/m:generateContent", route{}},
		{"PATCH", "/v1beta/cachedContents/c", route{}},
		{"POST", "/v1beta", route{}},
		{"POST", "/", route{}},
		{"POST", "", route{}},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			got, ok := parseRoute(tt.method, tt.path)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want.kind != "", ok)
		})
	}
}

func FuzzParseRoute(f *testing.F) {
	f.Add(http.MethodPost, "/v1beta/models/m:generateContent")
	f.Add(http.MethodGet, "/v1/projects/p/locations/l/cachedContents/c")
	f.Fuzz(func(t *testing.T, method, path string) {
		got, ok := parseRoute(method, path)
		require.Equal(t, ok, got.kind != "")
	})
}
