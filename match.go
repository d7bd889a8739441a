package falcorules

import (
	"time"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
)

// Match is a rule that fired on an event, and its alert. It is immutable, safe for
// concurrent use, and valid for as long as the caller keeps it.
type Match struct {
	match eval.Match
	rule  *loader.Rule
}

func (r *Rules) newMatch(m eval.Match) *Match {
	return &Match{m.Clone(), r.set.Rule(m.Rule.Name)}
}

// Rule returns the rule, with its description, priority and tags. The caller must not
// change it.
func (m *Match) Rule() *loader.Rule { return m.rule }

// Time returns the time of the event.
func (m *Match) Time() time.Time { return m.match.Event().Timestamp() }

// Message returns the rule's output with the event's values in place of the fields.
func (m *Match) Message() string { return m.match.Message() }

// String returns the alert as Falco's line of text: time, priority and message. The time
// is in [Options.Location], or in the Location of the event's Stream if the caller made
// the event.
func (m *Match) String() string { return m.match.String() }

// MarshalJSON returns the alert as Falco's JSON object.
func (m *Match) MarshalJSON() ([]byte, error) { return m.match.AppendJSON(nil), nil }

// Fields returns the fields of the rule's output by name, with values as in the alert's
// JSON: a string, a bool, a json.Number, a list of these, or nil if the event has no value.
func (m *Match) Fields() map[string]any { return m.match.Fields() }
