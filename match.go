package falcorules

import (
	"time"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/loader"
)

// Match is a rule that fired on an event. It stays valid and does not change.
type Match struct {
	match eval.Match
	rule  *loader.Rule
}

func (r *Rules) newMatch(m eval.Match) *Match {
	return &Match{m.Clone(), r.set.Rule(m.Rule.Name)}
}

// Rule returns the rule, with its description, priority and tags. It must not be
// changed.
func (m *Match) Rule() *loader.Rule { return m.rule }

// Time returns the time of the event.
func (m *Match) Time() time.Time { return m.match.Event().Timestamp() }

// Message returns the rule's output with the event's values.
func (m *Match) Message() string { return m.match.Message() }

// String returns the alert as Falco's line of text: time, priority and message. The
// time is in the location of the event's Stream, which is [Options.Location] unless
// the caller made the event.
func (m *Match) String() string { return m.match.String() }

// MarshalJSON returns the alert as Falco's JSON object.
func (m *Match) MarshalJSON() ([]byte, error) { return m.match.AppendJSON(nil), nil }

// Fields returns the fields of the rule's output by name. A value is nil if the
// event has none; otherwise it is a string, a bool, a json.Number or a list of
// these, as in the alert's JSON.
func (m *Match) Fields() map[string]any { return m.match.Fields() }
