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

// maxConditionLine is how long a line of parse --jsonl may be, and a condition
// on standard input, in bytes.
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
conditions, or as a tree, in JSON or with one line for each node. Without an
argument, or with -, it reads the condition from standard input. With -s, it
also checks the condition against the fields of that source. Mistakes are
printed with their position, with -o json in the format below, and the exit
status is 1.

With --jsonl, standard input has one JSON object a line, {"filter": CONDITION,
"source": SOURCE}, where the source is optional. Each is answered by one line:

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
				return callError("-o is text, json or tree, not %q", output)
			case jsonl && len(args) > 0:
				return callError("--jsonl reads conditions from standard input, not from an argument")
			case jsonl && (cmd.Flags().Changed("source") || cmd.Flags().Changed("output")):
				return callError("--jsonl takes the source from each line and answers in JSON: no -s, no -o")
			}
			sources, err := fields.extend(cmd.InOrStdin(), all.Sources())
			if err != nil {
				return err
			}
			if jsonl {
				return parseLines(cmd.InOrStdin(), cmd.OutOrStdout(), sources)
			}
			if source != "" && sourceNamed(sources, source) == nil {
				return callError("the fields of source %q are not known; those of %s are", source, strings.Join(sourceNames(sources), ", "))
			}
			text, err := conditionText(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			return parseOne(cmd, text, sourceNamed(sources, source), output)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVarP(&output, "output", "o", "text", "print the condition as `text|json|tree`")
	cmd.Flags().StringVarP(&source, "source", "s", "", "check the condition against the fields of this `source`")
	cmd.Flags().BoolVar(&jsonl, "jsonl", false, "read JSON lines and answer each with one")
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
		return "", callError("the condition has more than %d bytes", maxConditionLine)
	}
	return strings.TrimSuffix(string(data), "\n"), nil
}

// sourceNamed returns the source of that name, or nil.
func sourceNamed(sources []*fieldsets.Source, name string) *fieldsets.Source {
	for _, s := range sources {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

// sourceNames returns the names of sources, sorted.
func sourceNames(sources []*fieldsets.Source) []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name())
	}
	slices.Sort(names)
	return names
}

// verdict is what becomes of a condition.
type verdict struct {
	expr     ast.Expr
	stage    string // parse, compile, or empty for a condition without mistakes
	pos      diag.Pos
	errors   diag.List
	warnings diag.List
	notices  diag.List
}

func judge(text string, source *fieldsets.Source) verdict {
	expr, err := parser.Condition(text)
	if err != nil {
		list := diag.Of(err)
		return verdict{expr: expr, stage: "parse", pos: list[0].Range.Start, errors: list}
	}
	v := verdict{expr: expr, notices: lint.CheckCondition(text, expr)}
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

// withLines adds the lines of the text to diagnostics about it.
func withLines(list diag.List, text string) diag.List {
	for _, d := range list {
		d.Line = diag.LineAt(text, d.Range.Start.Offset)
	}
	return list
}

func parseOne(cmd *cobra.Command, text string, source *fieldsets.Source, output string) error {
	v := judge(text, source)
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

// printTree prints a line for each node: its place, indented by its depth, and
// what it is.
func printTree(w io.Writer, n ast.Node, depth int) {
	span := n.Range()
	place := fmt.Sprintf("%s-%s", span.Start, span.End)
	say(w, "%-13s %s%s", place, strings.Repeat("  ", depth), nodeLabel(n))
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
			err = quote.WriteJSON(out, refusal("input", fmt.Sprintf("the line has %d bytes, more than the limit of %d", size, maxConditionLine)), "")
		default:
			err = quote.WriteJSON(out, answerLine(line, sources), "")
		}
		if err != nil {
			return writeError(err)
		}
	}
}

// readLine reads a line and returns it without its end, and its length in bytes. It
// keeps no more than limit bytes. The error is io.EOF if there is no further line.
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
		return refusal("input", fmt.Sprintf("the line is no JSON object: %v", err))
	case question.Filter == nil:
		return refusal("input", `the line has no "filter"`)
	}
	source := sourceNamed(sources, question.Source)
	v := judge(*question.Filter, source)
	if v.stage == "" && source == nil && question.Source != "" {
		return refusal("compile", fmt.Sprintf("the fields of source %q are not known", question.Source))
	}
	return v.answer()
}

type lineOK struct {
	OK       bool      `json:"ok"`
	AST      string    `json:"ast"`
	Warnings diag.List `json:"warnings"`
	Notices  diag.List `json:"notices"`
}

type lineRefused struct {
	OK     bool      `json:"ok"`
	Stage  string    `json:"stage"`
	Error  string    `json:"error"`
	Errors diag.List `json:"errors"`
	Pos    diag.Pos  `json:"pos"`
}

func refusal(stage, msg string) lineRefused {
	return lineRefused{Stage: stage, Error: msg, Errors: diag.List{{Message: msg}}}
}

func (v verdict) answer() any {
	if v.stage == "" {
		return lineOK{true, ast.String(v.expr), append(diag.List{}, v.warnings...), append(diag.List{}, v.notices...)}
	}
	return lineRefused{false, v.stage, v.errors[0].Message, v.errors, v.pos}
}
