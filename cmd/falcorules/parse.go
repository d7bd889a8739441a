package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/lint"
	"github.com/falcorules/falcorules/parser"
)

// maxConditionLine is the largest size in bytes of a line for --jsonl, and of a condition
// on standard input.
const maxConditionLine = 1 << 20

func newParseCommand() *cobra.Command {
	var (
		output string
		source string
		jsonl  bool
		fields fieldsFiles
	)
	cmd := &cobra.Command{
		Use:   "parse [flags] [CONDITION]",
		Short: "Parse a condition and print it or its mistakes",
		Long: `Parses a condition and prints it in canonical form, as Falco prints compiled
conditions, or as a tree: in JSON, or with one line for each node. Without an
argument, or with -, it reads the condition from standard input. With -s, it
also checks the condition against the fields of that source. Mistakes are
printed with their positions, with -o json in the format below, and the exit
status is 1.

With --jsonl, each line of standard input is a JSON object, {"filter":
CONDITION, "source": SOURCE}, whose source is optional. The answer to each is
one line:

  {"ok": true, "ast": TEXT, "warnings": [], "notices": [...]}
  {"ok": false, "stage": "parse" or "compile", "error": TEXT, "errors": [...],
   "pos": {"offset": 0, "line": 1, "column": 1}}

The exit status is then 0 even if conditions have mistakes. Warnings are
Falco's; notices are likely mistakes that Falco accepts silently.`,
		Example: `  falcorules parse 'proc.name in (bash,zsh) and not(container)'
  falcorules parse -o tree 'ka.verb = get or ka.verb = list'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case output != "text" && output != "json" && output != "tree":
				return callError("invalid --output %q: want text, json or tree", output)
			case jsonl && len(args) > 0:
				return callError("--jsonl cannot be combined with an argument: it reads conditions from standard input")
			case jsonl && (cmd.Flags().Changed("source") || cmd.Flags().Changed("output")):
				return callError("--jsonl cannot be combined with --source or --output")
			}
			sources, err := fields.extend(cmd.InOrStdin(), all.Sources())
			if err != nil {
				return err
			}
			if jsonl {
				return parseLines(cmd.InOrStdin(), cmd.OutOrStdout(), sources)
			}
			if source != "" && sourceNamed(sources, source) == nil {
				return callError("unknown source %q: want %s", source, orList(sourceNames(sources)))
			}
			text, err := conditionText(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			return parseOne(cmd, text, sourceNamed(sources, source), output)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print the condition in this `format`: text, json or tree")
	cmd.Flags().StringVarP(&source, "source", "s", "", "check the condition against the fields of this `source`")
	cmd.Flags().BoolVar(&jsonl, "jsonl", false, "read JSON lines from standard input and answer each with a line")
	fields.add(cmd)
	return cmd
}

func conditionText(args []string, stdin io.Reader) (string, error) {
	if len(args) > 0 && args[0] != stdinName {
		return args[0], nil
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxConditionLine+1))
	switch {
	case err != nil:
		return "", callError("%v", err)
	case len(data) > maxConditionLine:
		return "", callError("the condition is longer than %d bytes", maxConditionLine)
	}
	return strings.TrimSuffix(string(data), "\n"), nil
}

// sourceNamed returns the source with that name, or nil.
func sourceNamed(sources []*fieldsets.Source, name string) *fieldsets.Source {
	for _, s := range sources {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// sourceNames returns the sorted names of sources.
func sourceNames(sources []*fieldsets.Source) []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name())
	}
	slices.Sort(names)
	return names
}

// parsed is the result of parsing and checking a condition.
type parsed struct {
	expr     ast.Expr
	stage    string // parse or compile, or empty if there are no mistakes
	pos      diag.Pos
	errors   diag.List
	warnings diag.List
	notices  diag.List
}

func parseAndCheck(text string, source *fieldsets.Source) parsed {
	expr, err := parser.Condition(text)
	if err != nil {
		list := diag.Of(err)
		return parsed{expr: expr, stage: "parse", pos: list[0].Range.Start, errors: list}
	}
	v := parsed{expr: expr, notices: lint.CheckCondition(text, expr)}
	if source == nil {
		return v
	}
	compiler := eval.NewCompiler(source)
	if _, err = compiler.Condition(expr); err != nil {
		v.stage, v.errors = "compile", withLines(diag.Of(err), text)
		v.pos = eval.NodesOf(v.errors[0]).Falco.Range().Start
		return v
	}
	v.warnings = withLines(compiler.Warnings(expr), text)
	return v
}

// withLines adds the source lines to diagnostics about text.
func withLines(list diag.List, text string) diag.List {
	for _, d := range list {
		d.Line = diag.LineAt(text, d.Range.Start.Offset)
	}
	return list
}

func parseOne(cmd *cobra.Command, text string, source *fieldsets.Source, output string) error {
	v := parseAndCheck(text, source)
	stderr := cmd.ErrOrStderr()
	if v.stage != "" {
		if output == "json" {
			if err := quote.WriteJSON(cmd.OutOrStdout(), v.answer(), ""); err != nil {
				return callError("%v", err)
			}
			return &exitError{status: exitRules}
		}
		printDiagnostics(stderr, v.errors)
		return &exitError{status: exitRules}
	}
	printDiagnostics(stderr, v.warnings)
	printDiagnostics(stderr, v.notices)
	out := bufio.NewWriter(cmd.OutOrStdout())
	switch output {
	case "json":
		data, err := ast.JSON(v.expr)
		if err != nil {
			return callError("%v", err)
		}
		fmt.Fprintf(out, "%s\n", data)
	case "tree":
		printTree(out, v.expr, 0)
	default:
		fmt.Fprintln(out, quote.Lines(ast.String(v.expr)))
	}
	if err := out.Flush(); err != nil {
		return callError("%v", err)
	}
	return nil
}

// printTree prints a line for each node: its range and, indented by its depth, its label.
func printTree(w io.Writer, n ast.Node, depth int) {
	span := n.Range()
	at := fmt.Sprintf("%s-%s", span.Start, span.End)
	printLine(w, "%-13s %s%s", at, strings.Repeat("  ", depth), nodeLabel(n))
	for child := range ast.Children(n) {
		printTree(w, child, depth+1)
	}
}

func nodeLabel(n ast.Node) string {
	switch n := n.(type) {
	case *ast.And:
		return "and"
	case *ast.Or:
		return "or"
	case *ast.Not:
		return "not"
	case *ast.MacroRef:
		return "macro " + n.Name
	case *ast.Check:
		if n.Modifier != ast.NoModifier {
			return fmt.Sprintf("check %s %s", n.Op, n.Modifier)
		}
		return "check " + string(n.Op)
	case *ast.Field:
		return "field " + n.Name
	case *ast.Arg:
		return fmt.Sprintf("argument %q", n.Text)
	case *ast.Transform:
		return "transformer " + n.Name
	case *ast.Value:
		return fmt.Sprintf("value %q", n.Text)
	}
	return "list"
}

// parseLines answers each line of in with a line.
func parseLines(in io.Reader, out io.Writer, sources []*fieldsets.Source) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, size, err := readLine(lines, maxConditionLine)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return callError("standard input: %v", err)
		case size <= maxConditionLine && len(bytes.TrimSpace(line)) == 0:
			continue
		case size > maxConditionLine:
			err = quote.WriteJSON(out, invalidLine("input", fmt.Sprintf("the line has %d bytes, more than the limit of %d", size, maxConditionLine)), "")
		default:
			err = quote.WriteJSON(out, answerLine(line, sources), "")
		}
		if err != nil {
			return writeError(err)
		}
	}
}

// readLine reads a line and returns at most limit bytes of it, without the line feed, and
// its size. The error is io.EOF if there is no further line.
func readLine(r *bufio.Reader, limit int) (line []byte, size int, err error) {
	for {
		part, err := r.ReadSlice('\n')
		size += len(part)
		line = append(line, part[:min(len(part), limit+1-len(line))]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil:
			size--
		case err != io.EOF || size == 0:
			return nil, 0, err
		}
		return line[:min(size, limit)], size, nil
	}
}

// answerLine returns the answer to a line.
func answerLine(line []byte, sources []*fieldsets.Source) any {
	var question struct {
		Filter *string `json:"filter"`
		Source string  `json:"source"`
	}
	switch err := json.Unmarshal(line, &question); {
	case err != nil:
		return invalidLine("input", fmt.Sprintf("not a JSON object: %v", err))
	case question.Filter == nil:
		return invalidLine("input", `missing key "filter"`)
	}
	source := sourceNamed(sources, question.Source)
	v := parseAndCheck(*question.Filter, source)
	if v.stage == "" && source == nil && question.Source != "" {
		return invalidLine("compile", fmt.Sprintf("unknown source %q", question.Source))
	}
	return v.answer()
}

type lineOK struct {
	OK       bool      `json:"ok"`
	AST      string    `json:"ast"`
	Warnings diag.List `json:"warnings"`
	Notices  diag.List `json:"notices"`
}

type lineInvalid struct {
	OK     bool      `json:"ok"`
	Stage  string    `json:"stage"`
	Error  string    `json:"error"`
	Errors diag.List `json:"errors"`
	Pos    diag.Pos  `json:"pos"`
}

func invalidLine(stage, msg string) lineInvalid {
	return lineInvalid{Stage: stage, Error: msg, Errors: diag.List{{Message: msg}}}
}

func (v parsed) answer() any {
	if v.stage == "" {
		return lineOK{true, ast.String(v.expr), append(diag.List{}, v.warnings...), append(diag.List{}, v.notices...)}
	}
	return lineInvalid{false, v.stage, v.errors[0].Message, v.errors, v.pos}
}
