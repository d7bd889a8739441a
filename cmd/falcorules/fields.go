package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/fieldlist"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/suggest"
)

func newFieldsCommand() *cobra.Command {
	var (
		c      fieldsCommand
		files  fieldsFiles
		events bool
	)
	cmd := &cobra.Command{
		Use:   "fields [flags] [SOURCE...] [FIELD...|WORD...]",
		Short: "List and describe fields and event types",
		Long: `Without arguments, lists the event sources. With the name of a source, lists its
fields. With the name of a field, describes it: its type and argument, the
operators and transformers that accept it, an example that compiles and, for
parameters of events such as evt.rawarg.flags, the names and values of its
flags. With other words, lists the fields that have every word in their name or
description. If sources are named before the words, only their fields are
searched.

In field names, capitals such as KEY and INDEX stand for an argument, and
parentheses mark an optional one. Fields that are deprecated, or that Falco does
not list, are shown only with --all.

--fields adds your own sources and fields. The file is the output of falco
--list --format json with a plugin loaded, or YAML with one document or list
item for each source:

  source: edr
  plugin: edr                 # optional
  fields:
    edr.host: text
    edr.groups: list of text
    edr.header[key]: text     # [key], [index], [index|key]; ([key]) if optional
    edr.since: {type: duration, desc: "How long the process runs."}

The types are text, path, bytes, number, integer, float, bool, time, duration,
port, address and network, or Falco's names for them. In conditions and
fixtures, a time is a number of nanoseconds since 1970 and a duration a number
of nanoseconds; neither can be negative. If the source is known already, the
fields are added to it. If a field replaces a known one, a message says so, and
only fixtures have values for it.

--events lists the event types that evt.type accepts, with the parameters that
evt.arg.NAME reads. If you name event types, it also lists the flags of their
parameters.

-o json prints what falco --list --format json prints, with additional keys.`,
		Example: `  falcorules fields k8s_audit
  falcorules fields proc.aname
  falcorules fields container image
  falcorules fields k8s_audit verb
  falcorules fields evt.rawarg.flags
  falcorules fields --events openat lseek
  falcorules fields --fields edr.yaml edr`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch c.output {
			case "text", "json", "markdown":
			default:
				return callError("invalid --output %q: want text, json or markdown", c.output)
			}
			var err error
			if c.sources, err = files.extend(cmd.InOrStdin(), all.Sources()); err != nil {
				return err
			}
			stdout := cmd.OutOrStdout()
			out := bufio.NewWriter(stdout)
			c.out, c.stderr, c.width = out, cmd.ErrOrStderr(), terminalWidth(stdout)
			if events {
				err = c.events(args)
			} else {
				err = c.fields(args)
			}
			if err := out.Flush(); err != nil { // reports errors of earlier writes, too
				return writeError(err)
			}
			return err
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "print the list in this `format`: text, json or markdown")
	cmd.Flags().BoolVar(&events, "events", false, "list event types instead of fields")
	cmd.Flags().BoolVar(&c.all, "all", false, "also list fields that are deprecated or that Falco does not list")
	files.add(cmd)
	return cmd
}

// fieldsCommand is one call of the command.
type fieldsCommand struct {
	output  string
	all     bool
	sources []*fieldsets.Source
	within  string    // the names of the sources in the arguments, or empty
	out     io.Writer // keeps its first error
	stderr  io.Writer
	width   int // of the terminal, or 0
}

// terminalWidth returns the width of the terminal w, or 0 if w is not a terminal.
func terminalWidth(w io.Writer) int {
	if isTerminal(w) {
		if width, _, err := term.GetSize(int(asFile(w).Fd())); err == nil {
			return width
		}
	}
	return 0
}

// fields lists or describes fields. Sources at the beginning of args limit the search to
// their fields.
func (c *fieldsCommand) fields(args []string) error {
	var named []*fieldsets.Source
	words := args
	for len(words) > 0 {
		s := sourceNamed(c.sources, words[0])
		if s == nil {
			break
		}
		named, words = append(named, s), words[1:]
	}
	if len(named) > 0 {
		c.sources, c.within = named, sourceNamesOf(named)
	}
	switch {
	case len(args) == 0:
		return c.listSources()
	case len(words) == 0:
		return c.listFields()
	}
	details, missing, err := c.lookup(words)
	if len(missing) == 0 && err == nil {
		return c.writeDetails(details)
	}
	if found, searchErr := c.search(words); found {
		return searchErr
	}
	if err != nil {
		return err
	}
	return c.unknown(missing)
}

// listed reports whether lists include the field.
func (c *fieldsCommand) listed(f *fieldsets.Field) bool { return c.all || fieldlist.Listed(f) }

type sourceEntry struct {
	Name   string `json:"name"`
	Plugin string `json:"plugin"`
	Fields int    `json:"fields"`
}

func (c *fieldsCommand) listSources() error {
	var list []sourceEntry
	for _, s := range c.sources {
		e := sourceEntry{s.Name(), s.Plugin(), 0}
		for _, f := range s.Fields() {
			if c.listed(&f) {
				e.Fields++
			}
		}
		list = append(list, e)
	}
	switch c.output {
	case "json":
		return fieldlist.WriteJSON(c.out, map[string]any{"sources": list})
	case "markdown":
		fmt.Fprint(c.out, "# Event sources\n\n| source | fields | plugin |\n|---|---|---|\n")
		for _, e := range list {
			fmt.Fprintf(c.out, "| [%s](%s.md) | %d | %s |\n", e.Name, e.Name, e.Fields, e.Plugin)
		}
		return nil
	}
	rows := [][]string{{"SOURCE", "FIELDS", "PLUGIN"}}
	for _, e := range list {
		rows = append(rows, []string{e.Name, strconv.Itoa(e.Fields), e.Plugin})
	}
	writeColumns(c.out, rows, "", c.width)
	return nil
}

// listFields lists the fields of the sources, as one list in JSON.
func (c *fieldsCommand) listFields() error {
	if c.output == "json" {
		return fieldlist.JSON(c.out, fieldlist.Classes(c.sources, c.listed))
	}
	for i, s := range c.sources {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if err := c.listSource(s); err != nil {
			return err
		}
	}
	return nil
}

func (c *fieldsCommand) listSource(s *fieldsets.Source) error {
	classes := fieldlist.Classes([]*fieldsets.Source{s}, c.listed)
	n := 0
	for _, class := range classes {
		n += len(class.Fields)
	}
	more := len(s.Fields()) - n
	if c.output == "markdown" {
		fmt.Fprintf(c.out, "# Fields of source %s\n\n", s.Name())
		if s.Plugin() != "" {
			fmt.Fprintf(c.out, "The plugin %s provides the events. ", s.Plugin())
		}
		fmt.Fprint(c.out, "Capitals such as KEY stand for an argument; parentheses mark an optional one.\n")
		if more > 0 {
			fmt.Fprintf(c.out, "Fields that are deprecated or that Falco does not list are left out; `falcorules fields --all %s` lists them.\n", s.Name())
		}
		fmt.Fprintln(c.out)
		return fieldlist.MarkdownTables(c.out, classes)
	}
	fmt.Fprintf(c.out, "%s: %s", s.Name(), quote.Count(n, "field"))
	if s.Plugin() != "" {
		fmt.Fprintf(c.out, ", plugin %s", s.Plugin())
	}
	fmt.Fprintln(c.out)
	c.writeClasses(classes, false)
	if more > 0 {
		fmt.Fprintf(c.out, "\n%d more with --all: deprecated, or not listed by Falco\n", more)
	}
	return nil
}

// search lists the fields that have every word. It returns false if no field has them.
func (c *fieldsCommand) search(words []string) (bool, error) {
	lower := make([]string, len(words))
	for i, w := range words {
		lower[i] = strings.ToLower(w)
	}
	classes := fieldlist.Classes(c.sources, func(f *fieldsets.Field) bool {
		if !c.listed(f) {
			return false
		}
		text := strings.ToLower(f.Name + "\n" + f.Desc)
		return !slices.ContainsFunc(lower, func(w string) bool { return !strings.Contains(text, w) })
	})
	if len(classes) == 0 {
		return false, nil
	}
	if name := c.almostSource(words[0]); name != "" {
		printLine(c.stderr, "falcorules: did you mean source %s?", name)
	}
	switch c.output {
	case "json":
		return true, fieldlist.JSON(c.out, classes)
	case "markdown":
		fmt.Fprintf(c.out, "# Fields with %s\n\n", fieldlist.MarkdownText(strings.Join(words, ", ")))
		return true, fieldlist.MarkdownTables(c.out, classes)
	}
	c.writeClasses(classes, true)
	return true, nil
}

// almostSource returns the source whose name the word misspells, or nothing. Because the
// word is in fields, too, the names must begin alike.
func (c *fieldsCommand) almostSource(word string) string {
	const begin = 4
	if c.within != "" || len(word) < begin {
		return ""
	}
	if name := suggest.Nearest(word, slices.Values(sourceNames(c.sources))); strings.HasPrefix(name, word[:begin]) {
		return name
	}
	return ""
}

// unknown returns an error about words that match nothing.
func (c *fieldsCommand) unknown(words []string) error {
	if c.within != "" {
		return callError("no field of %s matches %s%s", c.within, quote.Text(strings.Join(words, " ")), c.hint(words))
	}
	return callError("no source or field matches %s%s", quote.Text(strings.Join(words, " ")), c.hint(words))
}

// hint returns a suggestion for the first word that is similar to a name.
func (c *fieldsCommand) hint(words []string) string {
	var candidates []string
	for _, s := range c.sources {
		candidates = append(candidates, s.Name())
	}
	for _, s := range c.sources {
		for _, f := range s.Fields() {
			candidates = append(candidates, f.Name)
		}
	}
	for _, word := range words {
		if isEventType(word) {
			return "; " + word + " is an event type, see falcorules fields --events " + word
		}
		if hint := suggest.Hint(word, slices.Values(candidates)); hint != "" {
			return "; " + hint
		}
	}
	return ""
}

// writeClasses writes the fields under the headings of their classes.
func (c *fieldsCommand) writeClasses(classes []fieldlist.Class, sources bool) {
	// All classes have the same columns.
	var rows [][]string
	for _, class := range classes {
		for _, f := range class.Fields {
			rows = append(rows, []string{fieldlist.Signature(&f), fieldlist.TypeName(&f), fieldlist.OneLine(f.Desc)})
		}
	}
	widths := columnWidths(rows)
	for i, class := range classes {
		if i > 0 || !sources {
			fmt.Fprintln(c.out)
		}
		fmt.Fprint(c.out, class.Name)
		switch {
		case sources:
			fmt.Fprintf(c.out, ", source %s", strings.Join(class.Sources, ", "))
		case class.Desc != "":
			fmt.Fprintf(c.out, ": %s", class.Desc)
		}
		fmt.Fprintln(c.out)
		for range class.Fields {
			writeRow(c.out, rows[0], widths, "  ", c.width)
			rows = rows[1:]
		}
	}
}

// columnWidths returns the width of each column except the last.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func writeColumns(w io.Writer, rows [][]string, indent string, width int) {
	widths := columnWidths(rows)
	for _, row := range rows {
		writeRow(w, row, widths, indent, width)
	}
}

// minDesc is the least part of a last cell that is shown on a narrow terminal.
const minDesc = 20

// writeRow writes a row of cells. On a terminal, the last cell is cut at the end of the
// line, and if the first cell takes up more than half a line, the others go to the next.
func writeRow(w io.Writer, row []string, widths []int, indent string, width int) {
	var b strings.Builder
	b.WriteString(indent)
	at := len(indent)
	last := len(row) - 1
	for i, cell := range row[:last] {
		column := widths[i]
		if i == 0 && width > 0 && column > width/2 {
			column = width / 2
			if utf8.RuneCountInString(cell) > column {
				cell += "\n" + strings.Repeat(" ", at+column)
			}
		}
		fmt.Fprintf(&b, "%-*s  ", column, cell)
		at += column + 2
	}
	text := []rune(row[last])
	if room := max(width-at, minDesc); width > 0 && len(text) > room {
		text = append(text[:room-1:room-1], '…')
	}
	b.WriteString(string(text))
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}
