package eval

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
)

// allOptions fills a slot with the options among the arguments in a slot, each followed
// by its value if optstring, the slot of a text, says that it takes one. As with
// getopt(3), an unknown option becomes "?". An option without its value becomes "".
func allOptions(args, optstring int) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		g, ok := f.getopt(args, optstring)
		if !ok {
			return
		}
		out.MarkPresent() // even if there are no options
		for o, more := g.next(); more; o, more = g.next() {
			switch {
			case o.unknown:
				out.AddText("?")
			case o.incomplete:
				out.AddText("")
			default:
				out.AddText(o.letter)
				if o.takesValue {
					out.AddText(o.value)
				}
			}
		}
	}
}

// optionValue fills a slot with the value of the last option with the given letter, or
// with the letter if the option takes no value.
func optionValue(args, optstring int, letter string) func(*frame, *fieldsets.Values) {
	return func(f *frame, out *fieldsets.Values) {
		g, ok := f.getopt(args, optstring)
		if !ok {
			return
		}
		for o, more := g.next(); more; o, more = g.next() {
			switch {
			case o.unknown || o.letter != letter:
			case o.takesValue:
				out.Truncate(0)
				out.AddText(o.value)
			default:
				out.Truncate(0)
				out.AddText(letter)
			}
		}
	}
}

// getopt parses command-line options as getopt(3) does, but skips long options.
type getopt struct {
	args      []fieldsets.Value // the words that are left
	letters   string            // the options that are left in the current word
	optstring string
}

// getopt returns the parser for two slots, and false if one of them has no value.
func (f *frame) getopt(args, optstring int) (getopt, bool) {
	opts := f.values(optstring)
	if len(opts) == 0 || !f.has(args) {
		return getopt{}, false
	}
	return getopt{args: f.values(args), optstring: opts[0].Text()}, true
}

// option is an option in a command line. Of an unknown one, only the letter is set.
type option struct {
	letter     string
	unknown    bool
	takesValue bool
	value      string
	incomplete bool // the value is missing
}

// next returns the next option, and false if there are no more.
func (g *getopt) next() (option, bool) {
	for g.letters == "" {
		if len(g.args) == 0 {
			return option{}, false
		}
		word := g.args[0].Text()
		if len(word) < 2 || word[0] != '-' || word == "--" {
			return option{}, false // options end at the first other word
		}
		g.args = g.args[1:]
		if word[1] != '-' {
			g.letters = word[1:]
		}
	}
	o := option{letter: g.letters[:1]}
	g.letters = g.letters[1:]
	o.unknown, o.takesValue = g.lookup(o.letter)
	if o.takesValue {
		o.value, g.letters = g.letters, ""
		if o.value == "" && len(g.args) > 0 {
			o.value, g.args = g.args[0].Text(), g.args[1:]
		} else if o.value == "" {
			o.incomplete = true
		}
	}
	return o, true
}

// lookup reports whether optstring lacks an option, and whether the option takes a value.
// If optstring has an option several times, one colon is enough.
func (g *getopt) lookup(letter string) (unknown, takesValue bool) {
	if letter == ":" || !strings.Contains(g.optstring, letter) {
		return true, false
	}
	return false, strings.Contains(g.optstring, letter+":")
}
