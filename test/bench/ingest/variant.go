// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// variant is a Collector that differs from the defaults.
type variant struct {
	args, environment []string
}

// parseVariant reads words: "+GATE" and "-GATE" turn a feature gate on and
// off, "NAME=VALUE" with an upper-case letter first is the environment's, and
// any other "key=value" a setting of the configuration.
func parseVariant(text string) (v variant) {
	for word := range strings.FieldsSeq(text) {
		switch first := word[0]; {
		case first == '+' || first == '-':
			v.args = append(v.args, "--feature-gates="+word)
		case first >= 'A' && first <= 'Z':
			v.environment = append(v.environment, word)
		default:
			v.args = append(v.args, "--set="+word)
		}
	}
	return v
}
