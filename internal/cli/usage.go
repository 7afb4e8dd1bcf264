// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// UsageError says that the command was called wrongly.
type UsageError struct{ Err error }

// Error returns what was wrong.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// wrongUse returns a UsageError that names the command.
func wrongUse(cmd *cobra.Command, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if cmd.HasParent() {
		err = fmt.Errorf("%s: %w", cmd.Name(), err)
	}
	return &UsageError{err}
}

// exactArgs takes as many arguments as there are names, none of them empty.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > len(names) {
			if !cmd.HasParent() {
				return unknownCommand(cmd, args[0])
			}
			return wrongUse(cmd, "unexpected argument %s", quote(args[len(names)]))
		}
		for i, name := range names {
			if i >= len(args) || args[i] == "" {
				return wrongUse(cmd, "missing %s", name)
			}
		}
		return nil
	}
}

// unknownCommand says that parent has no command of this name, and which it
// has that are spelled alike.
func unknownCommand(parent *cobra.Command, name string) error {
	alike := parent.SuggestionsFor(name)
	if len(alike) == 0 {
		return wrongUse(parent, "unknown command %s", quote(name))
	}
	return wrongUse(parent, "unknown command %s; did you mean %s?", quote(name), strings.Join(alike, " or "))
}

// flagError puts the library's error into our words: its own show values,
// and a value may be a DSN that stands in the wrong place.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(cmd, unknown)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return wrongUse(cmd, "--%s needs a value", missing.GetFlag().Name)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		flag := invalid.GetFlag()
		return wrongUse(cmd, "--%s %s: want %s", flag.Name, quote(invalid.GetValue()), wanted(flag.Value.Type()))
	}
	return wrongUse(cmd, "a flag that cannot be read")
}

func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	shorthands := unknown.GetSpecifiedShortnames()
	if shorthands == "" && !cmd.HasParent() {
		return wrongUse(cmd, "unknown flag %s; flags come after the command", quote("--"+unknown.GetSpecifiedName()))
	}
	if shorthands == "" {
		return wrongUse(cmd, "unknown flag %s", quote("--"+unknown.GetSpecifiedName()))
	}
	long, _, _ := strings.Cut(shorthands, "=")
	if cmd.Flags().Lookup(long) != nil {
		return wrongUse(cmd, "unknown flag %s; did you mean --%s?", quote("-"+long), long)
	}
	return wrongUse(cmd, "unknown flag %s", quote("-"+unknown.GetSpecifiedName()))
}

// wanted says what the values of a type of flag look like.
func wanted(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case dsnType:
		return "postgres://… or sqlite:PATH"
	}
	return "a " + flagType
}

// maxQuote is the most characters of the user's own words that a message
// repeats.
const maxQuote = 60

// credentials match what a DSN with a password looks like, as a URL and as
// keys and values.
var credentials = regexp.MustCompile(`(?is)://.*@|pass(word|wd)?\s*=`)

// quote returns what the user wrote for a message: on one line, of bounded
// length, and not at all where it may hold a password.
func quote(text string) string {
	if credentials.MatchString(text) {
		return "(not shown: it may hold a password)"
	}
	return strconv.Quote(cut(text, maxQuote))
}
