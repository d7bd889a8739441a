package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/loader"
)

// Summary returns the explanation in one line, such as "Shell in a container did not
// fire: proc.tty has no value, so proc.tty != 0 is false (rules.yaml:12)".
func (e *Explanation) Summary() string {
	verb := "did not fire"
	if e.Outcome == Fired {
		verb = "fired"
	}
	return nameText(e.Name) + " " + verb + ": " + e.Cause()
}

// Cause returns the Summary without the name of the rule and the outcome.
func (e *Explanation) Cause() string { return strings.Join(e.Causes(), "; ") }

// Causes returns the parts of the Cause. If several checks led to the outcome, there is
// one part for each.
func (e *Explanation) Causes() []string {
	switch e.Outcome {
	case Exception:
		return []string{e.exceptionCause()}
	case Shadowed:
		return []string{fmt.Sprintf("an earlier rule, %s (%s), fired first; with all matches, both fire", nameText(e.By.Name), position(e.By.NameAt))}
	case Disabled:
		return []string{e.disabledCause()}
	case Source:
		return []string{fmt.Sprintf("the rule is for source %s, but the event is from source %s", nameText(e.Rule.Source), nameText(e.Event.Source))}
	case Skipped:
		cause := fmt.Sprintf("%s (%s)", nameText(e.skipped.Message), position(e.skipped.Range))
		if e.skipped.Hint != "" {
			cause += "; " + nameText(e.skipped.Hint)
		}
		return []string{cause}
	}
	return e.reasons()
}

// disabledCause says what disabled the rule, and whether its condition is true.
func (e *Explanation) disabledCause() string {
	var cause string
	switch at := e.Rule.EnabledAt; {
	case e.Rule.Defined.File == at.File && itemOf(e.Rule, at) == e.Rule.Defined:
		cause = fmt.Sprintf("it is disabled (enabled: false at %s)", position(at))
	default:
		cause = fmt.Sprintf("a later item disables it (enabled: false at %s; the rule is at %s)", position(at), position(e.Rule.NameAt))
	}
	if e.Tree.Result {
		return cause + "; its condition is true"
	}
	return cause + "; its condition is false: " + strings.Join(e.reasons(), "; ")
}

// itemOf returns the range of the item that contains another range, out of those that
// define or change a rule.
func itemOf(r *loader.Rule, at diag.Range) diag.Range {
	item := r.Defined
	for _, changed := range r.Changed {
		if changed.File == at.File && changed.Start.Compare(at.Start) <= 0 {
			item = changed
		}
	}
	return item
}

// maxReasons limits how many checks a cause names.
const maxReasons = 3

// exceptionCause names the exception and the checks of its values that are true.
func (e *Explanation) exceptionCause() string {
	n, _ := e.exception()
	ex := n.from.Exception()
	found := decisive(n)
	var checks []string
	elsewhere := "" // where another file appends the values
	for _, l := range found.first(maxReasons) {
		text := checkText(l.node)
		if check := l.Expr.(*ast.Check); check.Op != ast.OpEq && check.Op != ast.OpEqEq {
			text += " (" + sawText(l.Node) + ")"
		}
		if at := l.from.Origin().Range; at.File != ex.NameAt.File && elsewhere == "" {
			elsewhere = ", appended at " + position(at)
		}
		checks = append(checks, text)
	}
	if more := found.total - len(checks); more > 0 {
		checks = append(checks, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("exception %s (%s) matches: %s", nameText(ex.Name), position(ex.NameAt), strings.Join(checks, " and ")) + elsewhere
}

// reasons returns the checks that decided, each with what it saw: "proc.name is nginx,
// so proc.name = bash is false (rules.yaml:12)".
func (e *Explanation) reasons() []string {
	reasons := reasonsOf(e.root())
	if e.unidentified && lacksAuditField(e.Tree) {
		reasons = append([]string{"the event has no auditID, so no ka field has a value"}, reasons...)
	}
	return reasons
}

// Reasons returns the checks that decided the result of a condition, each with what it saw.
// The tree has the shape of the trace's Root.
func Reasons(tree *eval.Node, trace *loader.Trace) []string {
	return reasonsOf(node{tree, trace.Root()})
}

func reasonsOf(root node) []string {
	found := decisive(root)
	leaves := found.first(maxReasons)
	var out []string
	for i, l := range leaves {
		if i > 0 && sawText(l.Node) == sawText(leaves[i-1].Node) && l.sameVerdict(leaves[i-1]) {
			out[len(out)-1] += ", and so is " + l.claim() + l.origin()
			continue
		}
		out = append(out, sawText(l.Node)+", so "+l.verdict()+l.origin())
	}
	if more := found.total - len(leaves); more > 0 {
		noun := "checks"
		if more == 1 {
			noun = "check"
		}
		out = append(out, fmt.Sprintf("and %d more %s", more, noun))
	}
	return out
}

// lacksAuditField reports whether a decisive check has a ka field and saw no value.
func lacksAuditField(n *eval.Node) bool {
	if !n.Decisive {
		return false
	}
	if n.Left == nil {
		return slices.ContainsFunc(n.Children, lacksAuditField)
	}
	found := false
	ast.Inspect(n.Expr, func(x ast.Node) bool {
		f, ok := x.(*ast.Field)
		found = found || ok && strings.HasPrefix(f.Name, "ka.")
		return !found
	})
	return found && (!n.Left.Present || n.Right != nil && !n.Right.Present)
}

// leaf is a check that decided.
type leaf struct {
	node
	// negated says that it is inside an odd number of nots, direct that one of them is
	// right before it.
	negated, direct bool
}

// claim returns the check, with the not if that is right before it.
func (l leaf) claim() string {
	if l.direct {
		return "not " + checkText(l.node)
	}
	return checkText(l.node)
}

// verdict returns the claim and its result.
func (l leaf) verdict() string {
	text := fmt.Sprintf("%s is %v", l.claim(), l.Result != l.direct)
	if l.negated != l.direct {
		text += " inside a not"
	}
	return text
}

// sameVerdict reports whether the verdicts on two claims are the same.
func (l leaf) sameVerdict(other leaf) bool {
	return l.Result == other.Result && l.direct == other.direct && l.negated == other.negated
}

// origin returns the macro and the position of the check in parentheses, and a hint if
// the check was nearly true.
func (l leaf) origin() string {
	text := position(l.from.Origin().Range)
	if m := l.from.Macro(); m != nil {
		text = fmt.Sprintf("macro %s, %s", m.Name, text)
	}
	if hint := near(l.node); hint != "" {
		text += "; " + hint
	}
	return " (" + text + ")"
}

// leaves are the checks below root that decided.
type leaves struct {
	root  node
	total int
	// paths has the paths to the first few checks of each rank.
	paths [5][]childPath
}

// childPath is how to get to a check: the index of a child for each level.
type childPath []int

// decisive finds the checks below n that decided.
func decisive(n node) *leaves {
	found := &leaves{root: n}
	inException := false
	var walk func(n *eval.Node, at childPath, c circumstances)
	walk = func(n *eval.Node, at childPath, c circumstances) {
		if len(n.Children) == 0 {
			found.total++
			c.inException = inException
			if list := &found.paths[c.rank(n)]; len(*list) < maxReasons {
				*list = append(*list, slices.Clone(at))
			}
			return
		}
		isAnd := false
		switch n.Expr.(type) {
		case *ast.Not:
			c.negated = !c.negated
		case *ast.Or:
			c.choice = true
		case *ast.And:
			isAnd = true
		}
		for i, child := range n.Children {
			if len(at) == 0 {
				inException = found.root.from.Child(i).Exception() != nil
			}
			if child.Decisive {
				below := c
				below.close = c.close || isAnd && !n.Result && c.choice && i > 0
				walk(child, append(at, i), below)
			}
		}
	}
	walk(n.Node, nil, circumstances{})
	return found
}

// circumstances describe what is around a check that decided.
type circumstances struct {
	// negated says that the check is inside an odd number of nots, inException that it
	// belongs to an exception.
	negated, inException bool
	// choice says that it is inside an or, close that checks before it in the same
	// choice are true.
	choice, close bool
}

// rank orders the checks that decided, with what people expect least first: false inside
// a not because there is no value, false inside a not, the choices that were closest to
// being true, others, and exceptions.
func (c circumstances) rank(n *eval.Node) int {
	switch {
	case c.inException:
		return 4
	case !n.Result && c.negated && !n.Left.Present:
		return 0
	case !n.Result && c.negated:
		return 1
	case c.close:
		return 2
	}
	return 3
}

// first returns up to n of the checks.
func (f *leaves) first(n int) []leaf {
	var out []leaf
	for _, paths := range f.paths {
		for _, p := range paths {
			if len(out) == n {
				return out
			}
			out = append(out, f.follow(p))
		}
	}
	return out
}

func (f *leaves) follow(p childPath) leaf {
	l := leaf{node: f.root}
	for _, i := range p {
		_, not := l.Expr.(*ast.Not)
		l.negated = l.negated != not
		l.direct = not
		l.node = l.child(i)
	}
	// A check that is all of a macro is not written after the not.
	l.direct = l.direct && len(l.from.Expanded()) == 0
	return l
}

// position returns the start of a range as file:line.
func position(r diag.Range) string {
	if !r.Start.IsValid() {
		return quote.Line(r.File)
	}
	return fmt.Sprintf("%s:%d", quote.Line(r.File), r.Start.Line)
}

// nameText returns a name, or other text that users write, for a message.
func nameText(s string) string { return cut(quote.Line(s), longestText) }
