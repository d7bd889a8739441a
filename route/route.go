package route

import (
	"fmt"
	"strings"
	"time"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/rulesfile"
)

// Invalid is the code of errors in routes, except for those of conditions, which have the
// codes of package loader.
const Invalid diag.Code = "ROUTE_ERR_INVALID"

// Redacted is what a route writes instead of the value of a redacted field.
const Redacted = "[redacted]"

// Route says which alerts go to which outputs.
type Route struct {
	// Name is unique.
	Name string
	// When is the condition. The zero Value is true for all alerts.
	When rulesfile.Value
	// To are the names of outputs.
	To []string
	// Drop is true if the alerts go nowhere. Then To is empty.
	Drop bool
	// Continue gives the alerts to the next route as well.
	Continue bool
	// Redact are fields, such as proc.env or proc.aname[2], whose values are not written, nor
	// anything that is computed from them. A field without an argument stands for the field
	// with any argument, and also for fields whose names begin with its name and a dot.
	Redact []rulesfile.Value
	// Deduplicate leaves out alerts that are like an earlier one.
	Deduplicate Deduplicate
	// RateLimit leaves out alerts if there are too many.
	RateLimit RateLimit
	// At is where the route is written.
	At diag.Range
}

// Deduplicate leaves out an alert if one with the same text was written less than For
// before. The zero Deduplicate leaves out nothing.
type Deduplicate struct {
	// By is an output template, such as "%alert.rule %ka.user.name".
	By  rulesfile.Value
	For time.Duration
}

// RateLimit allows a number of alerts in the period that begins with the first one. The
// zero RateLimit allows all.
type RateLimit struct {
	Alerts int
	Per    time.Duration
}

// String describes the route in one line, such as
// "sensitive: if alert.tags intersects (pii): to vault".
func (r *Route) String() string {
	out := quote.Name(r.Name) + ": all others: "
	if r.When.Exists() {
		out = quote.Name(r.Name) + ": if " + strings.TrimSpace(quote.Line(r.When.Text())) + ": "
	}
	if r.Drop {
		return out + "drop"
	}
	out += "to " + quote.Line(strings.Join(r.To, ", "))
	if len(r.Redact) > 0 {
		out += " without "
		for i, v := range r.Redact {
			out += []string{"", ", "}[min(i, 1)] + quote.Name(v.Text())
		}
	}
	if d := r.Deduplicate; d.For > 0 {
		out += fmt.Sprintf(", each %s once in %s", quote.Text(d.By.Text()), short(d.For))
	}
	if l := r.RateLimit; l.Per > 0 {
		out += fmt.Sprintf(", at most %s in %s", quote.Count(l.Alerts, "alert"), short(l.Per))
	}
	if r.Continue {
		out += ", then continue"
	}
	return out
}

// short returns a duration without the zeros at its end.
func short(d time.Duration) string {
	text := d.String()
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}

// HotRestartFailure is the rule of the alert that serve raises if changed rules do not load.
// It has no condition and no output.
var HotRestartFailure = &eval.Rule{Name: "Falco internal: hot restart failure", Source: "internal", Priority: eval.PriorityCritical}

// Alert is an alert to route.
type Alert struct {
	// Match is the match of a rule.
	Match eval.Match
	// Message is the output of an alert without an event, whose Match only has the Rule
	// [HotRestartFailure].
	Message string
}

// event returns the event of the alert, or nil.
func (a *Alert) event() *fieldsets.Event {
	if a.Message != "" {
		return nil
	}
	return a.Match.Event()
}

// appendMessage appends the output with the event's values.
func (a *Alert) appendMessage(dst []byte) []byte {
	if a.Message != "" {
		return append(dst, a.Message...)
	}
	return a.Match.AppendMessage(dst)
}

// Taken is an alert that a route took.
type Taken struct {
	Route *Route
	// Match prints the alert as the route writes it, without the redacted values. It is
	// valid as long as the match that was routed.
	Match eval.Match
	// Texts are those of the templates that [New] got, without the redacted values.
	Texts []string
	// key identifies the alerts that are duplicates of each other.
	key key
}
