package fieldsets_test

import (
	"fmt"
	"log"
	"time"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/loader"
)

// login is the payload of an event.
type login struct {
	User string
	From []string // addresses, the client's first
}

// logins is the field set for login events.
type logins struct{}

func (logins) Fields() []fieldsets.Field {
	return []fieldsets.Field{
		{Name: "login.user", Type: fieldsets.CharBuf, Desc: "Who logged in."},
		{Name: "login.from", Type: fieldsets.CharBuf, List: true, Arg: fieldsets.IndexArg, Desc: "The addresses that the login came through."},
	}
}

func (logins) Extractor(f *fieldsets.Field, arg fieldsets.Arg) (fieldsets.Extractor, error) {
	switch f.Name {
	case "login.user":
		return func(ev *fieldsets.Event, out *fieldsets.Values) { out.AddText(ev.Data.(*login).User) }, nil
	default:
		return func(ev *fieldsets.Event, out *fieldsets.Values) {
			for i, address := range ev.Data.(*login).From {
				if !arg.Present || arg.Index == uint64(i) {
					out.AddText(address)
				}
			}
		}, nil
	}
}

func Example() {
	source := fieldsets.NewSource("logins", logins{})
	set, err := loader.Load([]loader.File{{Name: "rules.yaml", Data: []byte(`
- rule: Login from the test network
  desc: Nobody should log in from there.
  condition: login.from intersects (192.0.2.1, 192.0.2.2)
  output: "%login.user logged in from %login.from[0] through %login.from"
  priority: NOTICE
  source: logins
`)}}, loader.Options{Sources: []*fieldsets.Source{source}})
	if err != nil {
		log.Fatal(err)
	}
	matcher := set.Engine.NewMatcher(eval.FirstMatch)
	event := &fieldsets.Event{
		Source: source.Name(),
		Time:   time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC).UnixNano(),
		Data:   &login{User: "eve", From: []string{"192.0.2.1", "198.51.100.7"}},
	}
	for _, match := range matcher.Match(event) {
		fmt.Println(match)
	}
	// Output: 10:20:30.000000000: Notice eve logged in from (192.0.2.1) through (192.0.2.1,198.51.100.7)
}
