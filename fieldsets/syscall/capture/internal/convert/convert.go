// Package convert turns the events of old captures into those of today.
//
// Earlier versions of the Falco libs wrote an event at the entry of a system call, with its
// arguments, and another one at its return. Today there is only the latter, with all
// parameters. For old captures, the converter keeps the entry of a call until its return, and
// adds the parameters that an event did not have yet. The rows of table.txt say how; an event
// may take several of them, one for each of its versions.
package convert

import (
	_ "embed" // the table
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/scap"
	"github.com/falcorules/falcorules/fieldsets/syscall/capture/internal/table"
)

//go:embed table.txt
var text string

// Converter converts the events of one capture. It is not safe for concurrent use.
type Converter struct {
	// Lost counts the returns of calls whose entry is missing. Parameters that only the
	// entry had are empty, or have their default.
	Lost int64
	// Unknown counts old events for which there is no rule. They are dropped.
	Unknown int64

	stored map[int64]*entry
	bytes  int // of all stored entries

	// The parameters of the event before and after a step.
	params [2][table.MaxParams][]byte
	json   []byte
}

// entry is the event at the entry of a system call.
type entry struct {
	code   table.Code
	params [][]byte
	text   []byte
}

// maxStored limits the memory for entries of calls. Real captures need a few hundred kB.
const maxStored = 64 << 20

// entryCost is the size of an entry without its text.
const entryCost = 128

// maxSteps limits the steps of one event.
const maxSteps = 50

// Reset forgets the entries of calls, for the start of another capture.
func (c *Converter) Reset() {
	clear(c.stored)
	c.bytes = 0
}

// Convert changes ev to the current version of its event. It returns false if there is no
// such event, for example because ev is the entry of a call.
func (c *Converter) Convert(ev *scap.Event) bool {
	for step := range maxSteps {
		info := ev.Info
		switch {
		case info.Has(table.Unused):
			return false
		case !info.Has(table.Converted):
			if info.Has(table.Old) && !info.IsEnter() {
				c.Unknown++
			}
			ev.Params = ev.Params[:min(len(ev.Params), len(info.Params))] // more are from the future
			return !info.Has(table.Old)
		case !info.IsEnter() && !info.Has(table.Old) && len(ev.Params) >= len(info.Params):
			ev.Params = ev.Params[:len(info.Params)]
			return true
		}
		r := find(info.Code, len(ev.Params))
		if r == nil {
			c.Unknown++
			return false
		}
		if r.store {
			c.store(ev)
		}
		if r.next == nil {
			return r.pass
		}
		c.apply(r, ev, step)
	}
	c.Unknown++
	return false
}

// store keeps a copy of the entry of a call.
func (c *Converter) store(ev *scap.Event) {
	if c.stored == nil {
		c.stored = map[int64]*entry{}
	}
	e := c.stored[ev.TID]
	if e == nil {
		if c.bytes > maxStored {
			c.Reset()
		}
		e = new(entry)
		c.stored[ev.TID] = e
		c.bytes += entryCost
	}
	before := cap(e.text)
	e.code, e.params, e.text = ev.Info.Code, e.params[:0], e.text[:0]
	for _, p := range ev.Params {
		e.text = append(e.text, p...)
	}
	c.bytes += cap(e.text) - before
	rest := e.text
	for _, p := range ev.Params {
		e.params = append(e.params, rest[:len(p):len(p)])
		rest = rest[len(p):]
	}
}

// apply carries out one step.
func (c *Converter) apply(r *rule, ev *scap.Event, step int) {
	params := c.params[step%2][:0]
	if r.add {
		params = append(params, ev.Params...)
	}
	var enter *entry
	if r.enter {
		if enter = c.stored[ev.TID]; enter != nil && enter.code+1 != ev.Info.Code {
			enter = nil // of another call, whose return is missing
		}
		// Only the event in the capture has an entry, not those of later steps.
		if enter == nil && step == 0 {
			c.Lost++
		}
	}
	for _, in := range r.params {
		value := []byte{}
		from, kind := ev.Params, in.from
		if kind == fromEnter {
			from = nil
			if enter != nil {
				from = enter.params
			}
		}
		wanted := &r.next.Params[len(params)]
		size := table.Size(wanted.Type)
		switch {
		case kind == fromEmpty:
		case kind == fromJSON:
			value = c.containerJSON(ev)
		case kind == fromDefault, kind == fromEnter && enter == nil && !in.orEmpty:
			value = defaultOf(wanted.Type)[:size]
		case in.number < len(from):
			value = from[in.number]
			if size > 0 && len(value) > size {
				value = value[:size]
			}
		}
		params = append(params, value)
	}
	ev.Info, ev.Params = r.next, params
	if enter != nil {
		enter.code, enter.params = 0, enter.params[:0]
	}
}

var (
	zeros = make([]byte, 16)
	ones  = []byte{0xff, 0xff, 0xff, 0xff}
)

// defaultOf returns the default of a type, or more bytes of it.
func defaultOf(t fieldsets.Type) []byte {
	if t == fieldsets.UID || t == fieldsets.GID {
		return ones // nobody
	}
	return zeros
}

// containerJSON returns the description of a container in an event that has its parts.
func (c *Converter) containerJSON(ev *scap.Event) []byte {
	part := func(i int) string {
		if i >= len(ev.Params) {
			return ""
		}
		return strings.TrimRight(string(ev.Params[i]), "\x00")
	}
	kind := uint32(0)
	if len(ev.Params) > 1 && len(ev.Params[1]) >= 4 {
		p := ev.Params[1]
		kind = uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
	}
	text, err := json.Marshal(struct {
		ID    string `json:"id"`
		Type  uint32 `json:"type"`
		Name  string `json:"name"`
		Image string `json:"image"`
	}{part(0), kind, part(2), part(3)})
	if err != nil {
		return nil // cannot happen: these are texts and a number
	}
	c.json = append(append(c.json[:0], text...), 0)
	return c.json
}

// rule is a row of the table.
type rule struct {
	pass, store bool
	// next describes the event after the step, or is nil if there is none. If add is set,
	// the old parameters come first.
	next   *table.Event
	add    bool
	params []origin
	enter  bool // whether a parameter is from the entry of the call
}

// origin is where a parameter comes from.
type origin struct {
	from    from
	number  int
	orEmpty bool
}

type from uint8

const (
	fromEmpty from = iota
	fromDefault
	fromOld
	fromEnter
	fromJSON
)

// find returns the rule for an event with a number of parameters, or nil.
func find(code table.Code, params int) *rule {
	byParams := rules()[code]
	if params >= len(byParams) {
		return nil
	}
	return byParams[params]
}

// rules returns the table by code and number of parameters.
var rules = sync.OnceValue(func() *[table.Codes][]*rule {
	all := new([table.Codes][]*rule)
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); words[0] != "#" {
			if err := addRule(all, words); err != nil {
				panic(fmt.Sprintf("convert: table.txt: %q: %v", line, err))
			}
		}
	}
	return all
})

// addRule reads a row of the table.
func addRule(all *[table.Codes][]*rule, words []string) error {
	code, ok := table.Lookup(words[0])
	count, err := strconv.Atoi(words[1])
	if !ok || err != nil {
		return fmt.Errorf("unknown event %s with %s parameters", words[0], words[1])
	}
	r := &rule{}
	rest := words[3:]
	switch words[2] {
	case "pass":
		r.pass = true
	case "store":
		r.store = true
	case "store+pass":
		r.pass, r.store = true, true
	case "add":
		r.next, r.add = &table.Events()[code], true
	case "change":
		next, ok := table.Lookup(rest[0])
		if !ok {
			return fmt.Errorf("unknown event %s", rest[0])
		}
		r.next, rest = &table.Events()[next], rest[1:]
	default:
		return fmt.Errorf("unknown action %s", words[2])
	}
	for _, word := range rest {
		o, err := readOrigin(word)
		if err != nil {
			return err
		}
		r.params = append(r.params, o)
		r.enter = r.enter || o.from == fromEnter
	}
	total := len(r.params)
	if r.add {
		total += count
	}
	if r.next != nil && total > len(r.next.Params) {
		return fmt.Errorf("%d parameters for an event that has %d", total, len(r.next.Params))
	}
	for len(all[code]) <= count {
		all[code] = append(all[code], nil)
	}
	all[code][count] = r
	return nil
}

func readOrigin(word string) (origin, error) {
	switch word {
	case "empty":
		return origin{from: fromEmpty}, nil
	case "default":
		return origin{from: fromDefault}, nil
	case "json":
		return origin{from: fromJSON}, nil
	}
	o := origin{from: fromOld}
	number, ok := strings.CutPrefix(word, "old")
	if !ok {
		o.from = fromEnter
		number, ok = strings.CutPrefix(word, "enter")
		number, o.orEmpty = strings.CutSuffix(number, "?")
	}
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return o, fmt.Errorf("unknown origin %s", word)
	}
	o.number = n
	return o, nil
}
