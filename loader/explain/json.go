package explain

import (
	"time"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// The types below are the JSON of an explanation. docs/explain.md describes the keys.

type jsonExplanation struct {
	Summary string       `json:"summary"`
	Fired   bool         `json:"fired"`
	Outcome Outcome      `json:"outcome"`
	Rule    jsonRule     `json:"rule"`
	Event   jsonEvent    `json:"event"`
	By      *jsonRule    `json:"by,omitempty"`
	Enabled diag.Range   `json:"disabled_at,omitzero"`
	Skipped *jsonSkipped `json:"skipped,omitempty"`
	Tree    *jsonNode    `json:"condition,omitempty"`
	Routes  []Route      `json:"routes,omitempty"`
}

type jsonRule struct {
	Name   string     `json:"name"`
	Source string     `json:"source,omitempty"`
	Range  diag.Range `json:"range,omitzero"`
}

type jsonEvent struct {
	Number uint64 `json:"number"`
	Source string `json:"source"`
	Time   string `json:"time,omitempty"`
}

type jsonSkipped struct {
	Code    diag.Code  `json:"code"`
	Message string     `json:"message"`
	Range   diag.Range `json:"range"`
}

type jsonNode struct {
	Kind      string     `json:"kind"`
	Text      string     `json:"text,omitempty"`
	Result    *bool      `json:"result"`
	Decisive  bool       `json:"decisive"`
	Range     diag.Range `json:"range"`
	Macros    []jsonUse  `json:"macros,omitempty"`
	Macro     string     `json:"macro,omitempty"`
	Exception *jsonUse   `json:"exception,omitempty"`
	Left      *jsonSeen  `json:"left,omitempty"`
	Right     *jsonSeen  `json:"right,omitempty"`
	Lists     []jsonList `json:"lists,omitempty"`
	Hint      string     `json:"hint,omitempty"`
	Children  []jsonNode `json:"children,omitempty"`
	// LeftOut is how many operands are not among Children.
	LeftOut int `json:"left_out,omitempty"`
}

type jsonUse struct {
	Name    string     `json:"name"`
	Defined diag.Range `json:"defined"`
}

type jsonList struct {
	jsonUse
	Items int `json:"items"`
}

type jsonSeen struct {
	Operand string   `json:"operand"`
	Type    string   `json:"type"`
	List    bool     `json:"list"`
	Several bool     `json:"several"`
	Present bool     `json:"present"`
	Values  []string `json:"values"`
	LeftOut int      `json:"left_out,omitempty"`
}

// Limits of the JSON.
const (
	longestJSON    = 1024 // bytes of a text or a value
	mostJSONValues = 100  // values of a list
)

// MarshalJSON returns the explanation as a JSON object.
func (e *Explanation) MarshalJSON() ([]byte, error) {
	out := jsonExplanation{
		Summary: e.Summary(), Fired: e.Outcome == Fired, Outcome: e.Outcome,
		Routes: e.Routes, Rule: jsonRule{Name: e.Name}, Event: jsonEvent{Number: e.Event.Number, Source: e.Event.Source},
	}
	if e.Event.Time != 0 {
		out.Event.Time = e.Event.Timestamp().Format(time.RFC3339Nano)
	}
	if e.Rule != nil {
		out.Rule = ruleJSON(e.Rule)
		if !e.Rule.Enabled {
			out.Enabled = e.Rule.EnabledAt
		}
	}
	if e.By != nil {
		by := ruleJSON(e.By)
		out.By = &by
	}
	if d := e.skipped; d != nil {
		out.Skipped = &jsonSkipped{d.Code, d.Message, d.Range}
	}
	if e.Tree != nil {
		root := (&viewer{}).json(e.root(), 0)
		out.Tree = &root
	}
	return quote.JSON(out, "")
}

// json returns a node and those of its descendants that are shown.
func (v *viewer) json(n node, depth int) jsonNode {
	out := jsonNode{Kind: kindOf(n.Expr), Decisive: n.Decisive, Range: n.from.Origin().Range}
	if n.Evaluated {
		out.Result = &n.Result
	}
	if _, check := n.Expr.(*ast.Check); check || !n.Evaluated {
		out.Text = cut(ast.Display(n.Expr), longestJSON)
	}
	for _, use := range n.from.Expanded() {
		out.Macros = append(out.Macros, jsonUse{use.Macro.Name, use.Macro.NameAt})
	}
	if m := n.from.Macro(); m != nil {
		out.Macro = m.Name
	}
	if ex := n.from.Exception(); ex != nil {
		out.Exception = &jsonUse{ex.Name, ex.NameAt}
	}
	for _, use := range n.from.Lists() {
		out.Lists = append(out.Lists, jsonList{jsonUse{use.List.Name, use.List.NameAt}, use.To - use.From})
	}
	out.Left, out.Right, out.Hint = seenJSON(n.Left), seenJSON(n.Right), near(n)
	children := v.children(n.Node, depth)
	if len(children) == 0 {
		out.LeftOut = len(n.Children)
	}
	for _, s := range children {
		if s.omitted > 0 {
			out.LeftOut += s.omitted
			continue
		}
		out.Children = append(out.Children, v.json(n.child(s.child), depth+1))
	}
	return out
}

func kindOf(x ast.Expr) string {
	switch x.(type) {
	case *ast.And:
		return "and"
	case *ast.Or:
		return "or"
	case *ast.Not:
		return "not"
	}
	return "check"
}

func seenJSON(s *eval.Operand) *jsonSeen {
	if s == nil {
		return nil
	}
	out := &jsonSeen{Operand: cut(s.Name, longestJSON), Type: s.Type.String(), List: s.List, Several: s.Several, Present: s.Present, Values: []string{}}
	for i, v := range s.Values {
		if i == mostJSONValues {
			out.LeftOut = len(s.Values) - i
			break
		}
		out.Values = append(out.Values, cut(v, longestJSON))
	}
	return out
}

func ruleJSON(r *loader.Rule) jsonRule { return jsonRule{r.Name, r.Source, r.NameAt} }
