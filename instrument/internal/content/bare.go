// SPDX-License-Identifier: Apache-2.0

package content

import "strings"

// dropMedia takes the bytes of media out of what a call's tools were given and
// answered, where a program may put them anywhere. Texts of messages stay.
func (c *Content) dropMedia() {
	dropParts(c.System)
	for _, messages := range [][]Message{c.Input, c.Output} {
		for i := range messages {
			dropParts(messages[i].Parts)
		}
	}
	for i := range c.Tools {
		c.Tools[i].Parameters = bareValue(c.Tools[i].Parameters)
	}
}

func dropParts(parts []Part) {
	for i := range parts {
		parts[i].Arguments = bareValue(parts[i].Arguments)
		parts[i].Response = bareValue(parts[i].Response)
	}
}

// bareValue returns a value without the bytes of media. It changes what it is
// given.
func bareValue(v any) any {
	switch v := v.(type) {
	case string:
		return bareText(v)
	case []Part:
		dropParts(v)
	case []any:
		for i := range v {
			v[i] = bareValue(v[i])
		}
	case map[string]any:
		for name, held := range v {
			if data, ok := held.(string); ok && holdsMedia[name] && isMedia(v) {
				v[name] = mark(encodedSize(data))
				continue
			}
			v[name] = bareValue(held)
		}
	}
	return v
}

// bareText shortens a URL that holds its data itself, and the beginning that
// a Buffer kept of a long run of base64.
func bareText(s string) string {
	if isData(s) {
		meta, data, _ := strings.Cut(s, ",")
		return clip(meta, longRun) + "," + mark(encodedSize(data))
	}
	kept, rest, found := strings.Cut(s, markStart)
	begin := len(kept) - longRun
	if !found || begin < 0 || !allBase64(kept[begin:]) {
		return s
	}
	_, rest, _ = strings.Cut(rest, markEnd)
	return kept[:begin] + mark(encodedSize(s)-int64(begin)) + rest
}

func allBase64(s string) bool {
	for i := range len(s) {
		if !isBase64(s[i]) {
			return false
		}
	}
	return true
}

// holdsMedia are the members that hold the bytes where an object describes
// media.
var holdsMedia = map[string]bool{"data": true, "blob": true, "bytes": true, "file_data": true, "b64_json": true}

// isMedia reports whether an object says of itself that it is media.
func isMedia(object map[string]any) bool {
	switch word(object, "type") {
	case "image", "audio", "video", "blob", "base64", "file", "document":
		return true
	}
	mimeType := word(object, "mimeType", "media_type", "mediaType", "content_type", "mime")
	return mimeType != "" && !strings.HasPrefix(mimeType, "text/")
}
