package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/fieldlist"
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
	Name string `json:"name"`
	Type string `json:"type"`
}

// events lists the event types: all, the one that is named, or those that have
// every word in their name or in that of a parameter.
func (c *fieldsCommand) events(words []string) error {
	list := syscall.EventTypes()
	if len(words) > 0 {
		list = searchEvents(list, words)
	}
	if len(list) == 0 {
		names := map[string]bool{}
		for _, e := range syscall.EventTypes() {
			names[e.Name] = true
		}
		word, hint := strings.Join(words, " "), ""
		if hint = suggest.Hint(word, slices.Values(slices.Sorted(maps.Keys(names)))); hint != "" {
			hint = "; " + hint
		}
		return callError("no event type is called %q%s", word, hint)
	}
	switch c.output {
	case "json":
		entries := make([]eventEntry, len(list))
		for i, e := range list {
			entries[i] = eventEntry{Name: e.Name, Generic: e.Generic, Params: []paramEntry{}}
			for _, p := range e.Params {
				entries[i].Params = append(entries[i].Params, paramEntry{p.Name, typeName(p)})
			}
		}
		return fieldlist.WriteJSON(c.out, map[string]any{"events": entries})
	case "markdown":
		c.markdownEvents(list)
		return nil
	}
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = []string{e.Name, params(e)}
		if e.Generic {
			rows[i][1] += "  (a system call without an event of its own)"
		}
	}
	writeColumns(c.out, rows, "", c.width)
	return nil
}

func searchEvents(list []syscall.EventType, words []string) []syscall.EventType {
	var found []syscall.EventType
	for _, e := range list {
		if len(words) == 1 && e.Name == words[0] {
			return []syscall.EventType{e}
		}
		text := e.Name
		if !e.Generic { // whose parameters are those of all
			text += " " + params(e)
		}
		text = strings.ToLower(text)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) }) {
			found = append(found, e)
		}
	}
	return found
}

// typeName returns the type of a parameter, or nothing where Falco has no name
// for it.
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
	fmt.Fprint(c.out, "# Event types\n\nWhat `evt.type` accepts in rules of the source syscall. `evt.arg.NAME` reads a parameter as text, "+
		"`evt.rawarg.NAME` in its\ntype.\n\n| event type | parameters |\n|---|---|\n")
	var generic []string
	for _, e := range list {
		if e.Generic {
			generic = append(generic, fieldlist.Code(e.Name))
			continue
		}
		fmt.Fprintf(c.out, "| %s | %s |\n", fieldlist.Code(e.Name), fieldlist.MarkdownText(params(e)))
	}
	if len(generic) > 0 {
		fmt.Fprintf(c.out, "\nSystem calls without an event of their own, which have the parameters ID and nativeID:\n%s.\n", strings.Join(generic, ",\n"))
	}
}
