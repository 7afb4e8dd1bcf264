// SPDX-License-Identifier: Apache-2.0

package wire

// checkpoint follows the token by which a client asks for the rest of an
// interaction, as the continuation.go of genai's interactions does: the latest
// token counts as long as no output came after it, and that of the last event,
// or the lack of it, in any case.
type checkpoint struct {
	latest string
	passed bool // output came after it

	event interactionEvent // of the document at hand
	here  string           // its token
}

// interactionEvent is what the type of an event means for a checkpoint.
type interactionEvent uint8

const (
	eventNone interactionEvent = iota // a response that stands alone
	eventCreated
	eventUpdate
	eventCompleted
	eventError
	eventOutput // any other
)

func interactionEventOf(v value) interactionEvent {
	switch string(v) {
	case "interaction.created":
		return eventCreated
	case "interaction.status_update":
		return eventUpdate
	case "interaction.completed", "interaction.complete":
		return eventCompleted
	case "error":
		return eventError
	}
	return eventOutput
}

func (c *checkpoint) open() { c.event, c.here = eventNone, "" }

// take takes a token, which is the same in many events.
func (c *checkpoint) take(v value) {
	if c.here = c.latest; string(v) != c.latest {
		c.here = string(v)
	}
}

// close ends the document at hand.
func (c *checkpoint) close() {
	switch c.event {
	case eventNone, eventCompleted:
		c.latest, c.passed = c.here, false
	case eventError:
		c.latest = ""
	case eventOutput:
		c.passed = true
	case eventCreated, eventUpdate:
		if c.here != "" {
			c.latest = c.here
			c.passed = c.passed && c.event == eventCreated
		}
	}
}

// token returns what the rest can be asked for with, "" for nothing. A stream
// may break off at work; a response that stands alone says that it stopped.
func (c *checkpoint) token(at *lifecycle) string {
	switch {
	case c.passed:
		return ""
	case at.status == "requires_continuation", at.stream && (at.status == "" || at.status == "in_progress"):
		return c.latest
	}
	return ""
}
