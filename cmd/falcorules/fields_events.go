package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/fieldlist"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

func isEventType(name string) bool {
	return slices.ContainsFunc(syscall.EventTypes(), func(e syscall.EventType) bool { return e.Name == name })
}

// eventEntry is an event type in JSON.
type eventEntry struct {
	Name    string       `json:"name"`
	Params  []paramEntry `json:"params"`
	Generic bool         `json:"generic,omitempty"`
}

type paramEntry struct {
	Name  string               `json:"name"`
	Type  string               `json:"type"`
	Enum  bool                 `json:"enum,omitempty"`
	Flags []fieldlist.JSONFlag `json:"flags,omitempty"`
}

// events lists event types: all of them, those that are named, or those that have every
// word in their name or in the name of a parameter.
func (c *fieldsCommand) events(words []string) error {
	list := syscall.EventTypes()
	named := namedEvents(list, words)
	switch {
	case named != nil:
		list = named
	case len(words) > 0:
		list = searchEvents(list, words)
	}
	if len(list) == 0 {
		return unknownEvents(words)
	}
	switch c.output {
	case "json":
		entries := make([]eventEntry, len(list))
		for i, e := range list {
			entries[i] = eventEntry{Name: e.Name, Generic: e.Generic, Params: []paramEntry{}}
			for _, p := range e.Params {
				entry := paramEntry{Name: p.Name, Type: typeName(p)}
				if set, ok := eventFlags(e, p); ok {
					entry.Enum, entry.Flags = set.Enum, fieldlist.JSONFlags(set.Flags)
				}
				entries[i].Params = append(entries[i].Params, entry)
			}
		}
		return fieldlist.WriteJSON(c.out, map[string]any{"events": entries})
	case "markdown":
		c.markdownEvents(list)
		return nil
	}
	c.writeEvents(list, named != nil)
	return nil
}

// writeEvents writes a line for each event type and, if flags is true, one for each
// parameter that has flags.
func (c *fieldsCommand) writeEvents(list []syscall.EventType, flags bool) {
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = []string{e.Name, params(e)}
		if e.Generic {
			rows[i][1] += "  (generic event of a system call)"
		}
	}
	widths := columnWidths(rows)
	for i, e := range list {
		writeRow(c.out, rows[i], widths, "", c.width)
		if !flags {
			continue
		}
		for _, p := range e.Params {
			if set, ok := eventFlags(e, p); ok {
				fmt.Fprintf(c.out, "  %s: %s\n", p.Name, flagsText(set))
			}
		}
	}
}

// eventFlags returns the flags of a parameter of an event type, if it has any.
func eventFlags(e syscall.EventType, p syscall.Param) (syscall.FlagSet, bool) {
	for _, set := range syscall.ParamFlags(p.Name) {
		if slices.Contains(set.Events, e.Name) {
			return set, true
		}
	}
	return syscall.FlagSet{}, false
}

// namedEvents returns the event types that the words name, or nil if a word does not name
// one.
func namedEvents(list []syscall.EventType, words []string) []syscall.EventType {
	var named []syscall.EventType
	for _, w := range words {
		i := slices.IndexFunc(list, func(e syscall.EventType) bool { return e.Name == w })
		if i < 0 {
			return nil
		}
		named = append(named, list[i])
	}
	return named
}

func searchEvents(list []syscall.EventType, words []string) []syscall.EventType {
	var found []syscall.EventType
	for _, e := range list {
		text := e.Name
		if !e.Generic { // generic events all have the same parameters
			text += " " + params(e)
		}
		text = strings.ToLower(text)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
			found = append(found, e)
		}
	}
	return found
}

// unknownEvents returns an error about words that match no event type.
func unknownEvents(words []string) error {
	var names []string
	for _, e := range syscall.EventTypes() {
		names = append(names, e.Name)
	}
	for _, w := range words {
		if hint := suggest.Hint(w, slices.Values(names)); hint != "" && !slices.Contains(names, w) {
			return callError("unknown event type %s; %s", quote.Text(w), hint)
		}
	}
	return callError("no event type or parameter matches %s", quote.Text(strings.Join(words, " ")))
}

// typeName returns the type of a parameter, or nothing if Falco has no name for it.
func typeName(p syscall.Param) string {
	if p.Type == fieldsets.NoType {
		return ""
	}
	return p.Type.String()
}

// params returns the parameters as name:TYPE.
func params(e syscall.EventType) string {
	list := make([]string, len(e.Params))
	for i, p := range e.Params {
		list[i] = p.Name
		if t := typeName(p); t != "" {
			list[i] += ":" + t
		}
	}
	return strings.Join(list, " ")
}

func (c *fieldsCommand) markdownEvents(list []syscall.EventType) {
	fmt.Fprint(c.out, "# Event types\n\nThe values of `evt.type` in rules of source syscall, and the parameters of each event. `evt.arg.NAME` is a parameter as\n"+
		"text, `evt.rawarg.NAME` the same in its own type. `falcorules fields --events NAME` also lists the flags of parameters.\n\n| event type | parameters |\n|---|---|\n")
	var generic []string
	for _, e := range list {
		if e.Generic {
			generic = append(generic, fieldlist.Code(e.Name))
			continue
		}
		fmt.Fprintf(c.out, "| %s | %s |\n", fieldlist.Code(e.Name), fieldlist.MarkdownText(params(e)))
	}
	if len(generic) > 0 {
		fmt.Fprintf(c.out, "\nThese system calls have only generic events, with the parameters ID and nativeID:\n%s.\n", strings.Join(generic, ",\n"))
	}
}
