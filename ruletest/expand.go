package ruletest

import (
	"slices"

	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/yamlfile"
)

// Limits of what a suite may expand to.
const (
	maxTests  = 100_000
	maxLayers = 100       // of one event
	maxValues = 5_000_000 // of all events; a value of base counts in each event that extends it
)

// expander merges events into those that they extend, and turns cases into tests.
type expander struct {
	*reader
	base map[string]*yamlfile.Node
	// resolved has the finished events of base by name, and resolving the names of
	// those that are being resolved.
	resolved  map[string]Event
	resolving []string
	// sizes has the number of values in each layer, and total that in all events.
	sizes map[*yamlfile.Node]int
	total int
}

func newExpander(r *reader, base *yamlfile.Node) *expander {
	x := &expander{reader: r, base: map[string]*yamlfile.Node{}, resolved: map[string]Event{}, sizes: map[*yamlfile.Node]int{}}
	if base == nil {
		return x
	}
	for i := 0; i+1 < len(base.Content); i += 2 {
		x.base[base.Content[i].Value] = base.Content[i+1]
	}
	for i := 0; i+1 < len(base.Content); i += 2 { // reports mistakes also if nothing extends the event
		x.baseEvent(base.Content[i])
	}
	return x
}

// baseEvent returns the event of base with the given name.
func (x *expander) baseEvent(name *yamlfile.Node) Event {
	if e, ok := x.resolved[name.Value]; ok {
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
		x.Fail(name, hintOf(name.Value, names), "base has no event %s", quote.Text(name.Value))
		return Event{}
	case slices.Contains(x.resolving, name.Value):
		x.Fail(name, "", "event %s extends itself: %s", quote.Text(name.Value), cycle(x.resolving, name.Value))
		return Event{}
	}
	x.resolving = append(x.resolving, name.Value)
	e := x.event(Event{}, n)
	x.resolving = x.resolving[:len(x.resolving)-1]
	if e.file != "" {
		x.Fail(n, "", "an event in base cannot be a file")
		e = Event{}
	}
	x.resolved[name.Value] = e
	return e
}

// cycle describes how an event leads back to itself: a -> b -> a.
func cycle(resolving []string, name string) string {
	text := ""
	for _, step := range resolving[slices.Index(resolving, name):] {
		text += quote.Name(step) + " -> "
	}
	return text + quote.Name(name)
}

// extend merges the events of base that a node names into e.
func (x *expander) extend(e Event, names *yamlfile.Node) Event {
	if names == nil {
		return e
	}
	list := []*yamlfile.Node{names}
	if names.Kind == yamlfile.Sequence {
		list = names.Content
	}
	for _, name := range list {
		e = x.merge(e, x.baseEvent(name), name)
	}
	return e
}

// merge merges the event over into e; at is the position for an error.
func (x *expander) merge(e, over Event, at *yamlfile.Node) Event {
	if len(e.layers)+len(over.layers) > maxLayers {
		x.Fail(at, "", "an event can extend at most %d others", maxLayers-1)
		return e
	}
	e.layers = append(e.layers[:len(e.layers):len(e.layers)], over.layers...)
	return e
}

// event reads an event and merges it into e, after the events that it extends.
func (x *expander) event(e Event, n *yamlfile.Node) Event {
	e.at = x.text.rangeOf(n)
	file, where := n.Get("file"), n.Get("where")
	switch {
	case file != nil:
		of := Event{file: file.Value, at: x.text.rangeOf(file)}
		keys := 1
		if where != nil {
			keys++
			of = of.Where(where.Value)
			of.at = x.text.rangeOf(where)
		}
		if len(n.Content) > 2*keys || len(e.layers) > 0 {
			x.Fail(n, "", "file cannot be combined with other keys than where or merged with other events")
		}
		return of
	case where != nil:
		x.Fail(where, "", "where selects events of a file, and there is no file")
		n = without(n, "where")
	}
	if extends := n.Get("extends"); extends != nil {
		e = x.extend(e, extends)
		n = without(n, "extends")
	}
	return x.merge(e, Event{layers: []*yamlfile.Node{n}}, n)
}

// count adds up the values of a test's event, and reports too many.
func (x *expander) count(e Event, n *yamlfile.Node) {
	if e.err == nil && e.file == "" && len(e.layers) == 0 && len(x.Errors) == 0 {
		x.Fail(n, "", "extends does not name an event")
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
		x.Fail(n, "", "the events of the suite have more than %d values in total", maxValues)
	}
}

func sizeOf(n *yamlfile.Node) int {
	size := 1
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}

func (x *expander) tests(n *yamlfile.Node) []Test {
	var tests []Test
	if n == nil { // missing or invalid, which was reported
		return nil
	}
	names := map[string]bool{}
	add := func(name *yamlfile.Node, full string, s settings, events []Event) {
		switch {
		case name.Value == "":
			x.Fail(name, "", "empty test name")
		case names[full]:
			x.Fail(name, "", "duplicate test name %s", quote.Text(full))
		case len(tests) == maxTests:
			x.Fail(name, "", "a suite can have at most %d tests, including cases", maxTests)
		}
		if names[full] = true; len(tests) < maxTests {
			tests = append(tests, x.test(name, full, s, events))
		}
	}
	for _, item := range n.Content {
		if len(x.Errors) >= maxErrors || len(tests) >= maxTests && len(x.Errors) > 0 {
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
	s.merge(n)
	cases := o.get("cases")
	if cases == nil {
		add(name, name.Value, s, x.events(s, nil))
		return
	}
	if len(cases.Content) == 0 {
		x.Fail(cases, "", "cases is empty")
	}
	for _, c := range cases.Content {
		with := settings{}
		with.merge(n)
		if c.Get("events") != nil { // replaces those of the test
			delete(with, "event")
			delete(with, "extends")
		}
		for _, pair := range replacedTogether {
			if c.Get(pair[0]) != nil || c.Get(pair[1]) != nil {
				delete(with, pair[0])
				delete(with, pair[1])
			}
		}
		shared := with["event"]
		with.merge(c)
		over := c.Get("event")
		if over != nil {
			if with["event"] = shared; with["events"] != nil {
				x.Fail(over, "", "the event of a case cannot be merged into a test with events")
				continue
			}
		}
		own := with["name"]
		add(own, name.Value+"/"+own.Value, with, x.events(with, over))
	}
}

// replacedTogether are pairs of keys: a case that has one of them replaces both.
var replacedTogether = [][2]string{{"expect", "reject"}, {"skip", "only"}}

// merge sets the values that an object has.
func (s settings) merge(n *yamlfile.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		s[n.Content[i].Value] = n.Content[i+1]
	}
}

// events returns the events of a test. If over is not nil, it is the event of a case.
func (x *expander) events(s settings, over *yamlfile.Node) []Event {
	single, list := s["event"], s["events"]
	one := single != nil || s["extends"] != nil || over != nil
	switch {
	case one && list != nil:
		x.Fail(list, "put extends into each event that needs it", "events cannot be combined with event or extends")
		return nil
	case one:
		e, at := x.extend(Event{at: x.text.rangeOf(s["name"])}, s["extends"]), s["name"]
		if single != nil {
			e, at = x.event(e, single), single
		}
		if over != nil {
			at = over
			if e.file != "" {
				x.Fail(at, "", "the event of a case cannot be merged into a file")
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
		x.Fail(list, "", "events is empty")
	}
	var events []Event
	for _, item := range items {
		e := x.event(Event{}, item)
		x.count(e, item)
		events = append(events, e)
	}
	return events
}
