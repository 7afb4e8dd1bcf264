// SPDX-License-Identifier: Apache-2.0

package content

import (
	"net/url"
	"strings"
)

// blob describes media that came with a message, in base64. What the encoding
// pads counts as well, so that the size is right but for two bytes.
func blob(mimeType, data string) Part {
	return Part{Type: TypeBlob, MIMEType: mimeType, Modality: modality(mimeType), Size: encodedSize(data) / 4 * 3}
}

// linked describes media that a message leads to: by a URL, which may hold the
// data itself.
func linked(mimeType, uri string) Part {
	if data, ok := cutData(uri); ok {
		meta, encoded, _ := strings.Cut(data, ",")
		kind, _, _ := strings.Cut(meta, ";")
		return blob(kind, encoded)
	}
	return Part{Type: TypeURI, MIMEType: mimeType, Modality: modality(mimeType), URI: bareURI(uri)}
}

// stored describes media that the provider has already.
func stored(mimeType, id string) Part {
	return Part{Type: TypeFile, MIMEType: mimeType, Modality: modality(mimeType), FileID: id}
}

// cutData returns what follows the scheme of a URL that holds its data itself,
// and false for any other.
func cutData(uri string) (after string, found bool) {
	const scheme = "data:"
	if len(uri) < len(scheme) || !strings.EqualFold(uri[:len(scheme)], scheme) {
		return uri, false
	}
	return uri[len(scheme):], true
}

func isData(uri string) bool {
	_, found := cutData(uri)
	return found
}

// bareURI returns a URI without what may hold keys: user, query and fragment.
// It returns "" for what leads nowhere by itself, which may be the data.
func bareURI(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return ""
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return bare.String()
}

func modality(mimeType string) string {
	switch kind, _, _ := strings.Cut(mimeType, "/"); kind {
	case "image", "audio", "video":
		return kind
	}
	return "document"
}

// media reads a block that holds media, in any of the forms that OpenAI,
// Anthropic and Gemini's Interactions have, of the given general kind.
func media(at any, kind string) Part {
	held := at
	for _, name := range []string{"source", "image_url", "input_audio", "file"} {
		if inner := member(at, name); inner != nil {
			held = inner
			break
		}
	}
	if uri := text(held); uri != "" {
		return ofKind(linked("", uri), kind)
	}
	mimeType := word(held, "media_type", "mimeType")
	data := word(held, "data", "file_data")
	uri := word(held, "url", "uri", "file_url")
	if format := word(held, "format"); mimeType == "" && format != "" {
		mimeType = kind + "/" + format
	}
	switch {
	case word(held, "type") == "text": // a document in plain text
		return Part{Type: TypeText, Content: data}
	case isData(data):
		return ofKind(linked(mimeType, data), kind)
	case data != "":
		return ofKind(blob(mimeType, data), kind)
	case uri != "":
		return ofKind(linked(mimeType, uri), kind)
	case word(held, "file_id") != "":
		return ofKind(stored(mimeType, word(held, "file_id")), kind)
	case member(held, "content") != nil: // a document made of blocks
		return Part{Type: TypeText, Content: textOf(blocks(member(held, "content")))}
	}
	return Part{Type: kind}
}

// ofKind says what kind of media it is where the type of its data does not.
func ofKind(p Part, kind string) Part {
	if p.MIMEType == "" {
		p.Modality = kind
	}
	return p
}
