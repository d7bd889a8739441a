package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits of what a suite may expand to.
const (
	maxTests  = 100_000
	maxLayers = 100       // events that one is made of
	maxValues = 5_000_000 // values of all events, counted in each that they come to
)

// expander puts events over those that they extend, and makes tests of cases.
type expander struct {
	*reader
	base map[string]*yamlfile.Node
	// made are the events of base by name, busy those that are being made.
	made map[string]Event
	busy []string
	// sizes are the numbers of values of layers, total that of all events.
	sizes map[*yamlfile.Node]int
	total int
}

func newExpander(r *reader, base *yamlfile.Node) *expander {
	x := &expander{reader: r, base: map[string]*yamlfile.Node{}, made: map[string]Event{}, sizes: map[*yamlfile.Node]int{}}
	if base == nil {
		return x
	}
	for i := 0; i+1 < len(base.Content); i += 2 {
		x.base[base.Content[i].Value] = base.Content[i+1]
	}
	for i := 0; i+1 < len(base.Content); i += 2 { // to find what is wrong with those that nothing extends
		x.named(base.Content[i])
	}
	return x
}

// named returns the event of base that a node names.
func (x *expander) named(name *yamlfile.Node) Event {
	if e, ok := x.made[name.Value]; ok {
		return e
	}
	n, ok := x.base[name.Value]
	switch {
	case !ok:
		var names []string
		for known := range x.base {
			names = append(names, known)
		}
		slices.Sort(names)
		x.fail(name, hintOf(name.Value, names), "there is no event %s in base", quote.Text(name.Value))
		return Event{}
	case slices.Contains(x.busy, name.Value):
		x.fail(name, "", "event %s extends itself: %s", quote.Text(name.Value), circle(x.busy, name.Value))
		return Event{}
	}
	x.busy = append(x.busy, name.Value)
	e := x.event(Event{}, n)
	x.busy = x.busy[:len(x.busy)-1]
	if e.file != "" {
		x.fail(n, "", "an event of base is no file")
		e = Event{}
	}
	x.made[name.Value] = e
	return e
}

// circle returns how a name leads back to itself.
func circle(busy []string, name string) string {
	text := ""
	for _, step := range busy[slices.Index(busy, name):] {
		text += quote.Name(step) + " -> "
	}
	return text + quote.Name(name)
}

// over puts the events that a node names over another.
func (x *expander) over(e Event, names *yamlfile.Node) Event {
	if names == nil {
		return e
	}
	list := []*yamlfile.Node{names}
	if names.Kind == yamlfile.Sequence {
		list = names.Content
	}
	for _, name := range list {
		e = x.put(e, x.named(name), name)
	}
	return e
}

// put puts one event over another; at is where that is said.
func (x *expander) put(e, over Event, at *yamlfile.Node) Event {
	if len(e.layers)+len(over.layers) > maxLayers {
		x.fail(at, "", "an event extends no more than %d others", maxLayers-1)
		return e
	}
	e.layers = append(e.layers[:len(e.layers):len(e.layers)], over.layers...)
	return e
}

// event reads an event and puts it over another, and below it what it extends.
func (x *expander) event(e Event, n *yamlfile.Node) Event {
	e.at = x.text.place(n)
	if file := n.Get("file"); file != nil {
		if len(n.Content) > 2 || len(e.layers) > 0 {
			x.fail(n, "", "a file of events stands alone: nothing is put over or under it")
		}
		return Event{file: file.Value, at: x.text.place(file)}
	}
	if extends := n.Get("extends"); extends != nil {
		e = x.over(e, extends)
		n = without(n, "extends")
	}
	return x.put(e, Event{layers: []*yamlfile.Node{n}}, n)
}

// count counts the values of an event of a test, and refuses what is too much.
func (x *expander) count(e Event, n *yamlfile.Node) {
	if e.file == "" && len(e.layers) == 0 && len(x.errs) == 0 {
		x.fail(n, "", "extends names no event")
	}
	before := x.total
	for _, layer := range e.layers {
		size, ok := x.sizes[layer]
		if !ok {
			size = sizeOf(layer)
			x.sizes[layer] = size
		}
		x.total += size
	}
	if before <= maxValues && x.total > maxValues {
		x.fail(n, "", "the events of the suite have more than %d values together", maxValues)
	}
}

func sizeOf(n *yamlfile.Node) int {
	size := 1
	for _, kid := range n.Content {
		size += sizeOf(kid)
	}
	return size
}

// tests reads all tests.
func (x *expander) tests(n *yamlfile.Node) []Test {
	var tests []Test
	if n == nil { // what was wrong
		return nil
	}
	names := map[string]bool{}
	add := func(name *yamlfile.Node, full string, s settings, events []Event) {
		switch {
		case name.Value == "":
			x.fail(name, "", "a name is not empty")
		case names[full]:
			x.fail(name, "", "there are two tests of the name %s", quote.Text(full))
		case len(tests) == maxTests:
			x.fail(name, "", "a suite has no more than %d tests, cases counted", maxTests)
		}
		if names[full] = true; len(tests) < maxTests {
			tests = append(tests, x.test(name, full, s, events))
		}
	}
	for _, item := range n.Content {
		if len(x.errs) >= maxErrors || len(tests) >= maxTests && len(x.errs) > 0 {
			break
		}
		x.expand(item, add)
	}
	return tests
}

// expand adds a test, or its cases.
func (x *expander) expand(n *yamlfile.Node, add func(name *yamlfile.Node, full string, s settings, events []Event)) {
	o := values{testObject, n}
	name, s := o.get("name"), settings{}
	s.put(n)
	cases := o.get("cases")
	if cases == nil {
		add(name, name.Value, s, x.events(s, nil))
		return
	}
	if len(cases.Content) == 0 {
		x.fail(cases, "", "cases without a case test nothing")
	}
	for _, c := range cases.Content {
		with := settings{}
		with.put(n)
		if c.Get("events") != nil { // instead of those of the test
			delete(with, "event")
			delete(with, "extends")
		}
		for _, pair := range pairs {
			if c.Get(pair[0]) != nil || c.Get(pair[1]) != nil {
				delete(with, pair[0])
				delete(with, pair[1])
			}
		}
		shared := with["event"]
		with.put(c)
		over := c.Get("event")
		if over != nil {
			if with["event"] = shared; with["events"] != nil {
				x.fail(over, "", "the event of a case is put over the event of the test, and not over events")
				continue
			}
		}
		own := with["name"]
		add(own, name.Value+"/"+own.Value, with, x.events(with, over))
	}
}

// pairs are keys that are read together: a case that has one of them has not the test's
// other one.
var pairs = [][2]string{{"expect", "reject"}, {"skip", "only"}}

// put puts the values of an object in the places of others.
func (s settings) put(n *yamlfile.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		s[n.Content[i].Value] = n.Content[i+1]
	}
}

// events returns the events of a test; over, if it is not nil, is the event of a case.
func (x *expander) events(s settings, over *yamlfile.Node) []Event {
	single, list := s["event"], s["events"]
	one := single != nil || s["extends"] != nil || over != nil
	switch {
	case one && list != nil:
		x.fail(list, "events that extend others say so each for itself", "events do not go with event or extends")
		return nil
	case one:
		e, at := x.over(Event{at: x.text.place(s["name"])}, s["extends"]), s["name"]
		if single != nil {
			e, at = x.event(e, single), single
		}
		if over != nil {
			at = over
			if e.file != "" {
				x.fail(at, "", "the event of a case cannot be put over a file")
				return nil
			}
			e = x.event(e, at)
		}
		x.count(e, at)
		return []Event{e}
	case list == nil:
		return nil
	}
	items := list.Content
	if list.Kind == yamlfile.Mapping {
		items = []*yamlfile.Node{list}
	} else if len(items) == 0 {
		x.fail(list, "", "events are one at least")
	}
	var events []Event
	for _, item := range items {
		e := x.event(Event{}, item)
		x.count(e, item)
		events = append(events, e)
	}
	return events
}
