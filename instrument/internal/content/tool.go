// SPDX-License-Identifier: Apache-2.0

package content

import (
	"maps"
	"slices"
)

// tools returns the tools that a request of any dialect offers.
func tools(document any) []Tool {
	var found []Tool
	for _, at := range list(member(document, "tools")) {
		if declared := list(member(at, "functionDeclarations")); declared != nil {
			for _, function := range declared {
				found = append(found, functionTool(function))
			}
		}
		if word(at, "type") == "" && word(at, "name") == "" {
			found = append(found, geminiTools(at)...)
			continue
		}
		found = append(found, typedTool(at))
	}
	for _, function := range list(member(document, "functions")) {
		found = append(found, functionTool(function))
	}
	return found
}

// functionTool reads the declaration of a function.
func functionTool(at any) Tool {
	tool := Tool{Type: "function", Name: word(at, "name"), Description: word(at, "description")}
	for _, name := range []string{"parameters", "parametersJsonSchema", "input_schema"} {
		if parameters := member(at, name); parameters != nil {
			tool.Parameters = parameters
			break
		}
	}
	return tool
}

// typedTool reads a tool of OpenAI, Anthropic or Gemini's Interactions. Of
// those that are no functions only the names are read: their settings may hold
// the keys of a server.
func typedTool(at any) Tool {
	kind := word(at, "type")
	switch {
	case kind == "function" && member(at, "function") != nil:
		return functionTool(member(at, "function"))
	case kind == "function", kind == "custom", kind == "":
		return functionTool(at)
	}
	name := word(at, "name", "server_label")
	if name == "" {
		name = kind
	}
	return Tool{Type: kind, Name: name}
}

// geminiTools returns the tools of Gemini's own that an entry turns on, by the
// names of its members.
func geminiTools(at any) []Tool {
	object, _ := at.(map[string]any)
	var found []Tool
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if kind := snake(name); kind != "function_declarations" {
			found = append(found, Tool{Type: kind, Name: kind})
		}
	}
	return found
}
