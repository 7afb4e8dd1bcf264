// SPDX-License-Identifier: Apache-2.0

package cost

import "strings"

const familyGoogle = "google"

// families maps the names of providers that sell the same models at the same
// prices to the name of their family, which price lists may use for them all.
// A provider that is not here stands alone.
var families = map[string]string{
	"gcp.gemini":    familyGoogle,
	"gcp.vertex_ai": familyGoogle,
	"gcp.gen_ai":    familyGoogle,
}

// providerName returns a provider's present name, in lower case.
func providerName(name string) string {
	switch name = strings.ToLower(name); name {
	case "gemini":
		return "gcp.gemini"
	case "vertex_ai":
		return "gcp.vertex_ai"
	}
	return name
}

// resourceName returns the last part of a resource name, in lower case:
// "gemini-2.5-pro" of "models/gemini-2.5-pro", of
// "publishers/google/models/gemini-2.5-pro" and of the same under a project.
func resourceName(model string) string {
	const collection = "models/"
	name := strings.ToLower(model)
	if i := strings.LastIndex(name, collection); i == 0 || (i > 0 && name[i-1] == '/') {
		return name[i+len(collection):]
	}
	return strings.TrimPrefix(name, familyGoogle+"/")
}

// baseName returns the name without the suffix that pins or floats a model's
// version: "-001", "-latest", "-2024-07-18", "-20250514", each also after "@".
// Other suffixes make another model. Without such a suffix it returns the
// name as it is.
func baseName(name string) string {
	for _, layout := range [...]string{"-001", "-latest", "-dddd-dd-dd", "-dddddddd"} {
		cut := len(name) - len(layout)
		if cut > 0 && matches(name[cut:], layout) {
			return name[:cut]
		}
	}
	return name
}

// matches compares a suffix with its layout, in which d is any digit and the
// dash at the start also stands for "@".
func matches(suffix, layout string) bool {
	if suffix[0] != '-' && suffix[0] != '@' {
		return false
	}
	for i := 1; i < len(layout); i++ {
		isDigit := suffix[i] >= '0' && suffix[i] <= '9'
		if suffix[i] != layout[i] && (layout[i] != 'd' || !isDigit) {
			return false
		}
	}
	return true
}
