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

// Summary returns the cause in one line, such as "Shell in a container did not
// fire: proc.tty has no value, so proc.tty != 0 is false (rules.yaml:12)".
func (e *Explanation) Summary() string {
	verb := "did not fire"
	if e.Outcome == Fired {
		verb = "fired"
	}
	return nameText(e.Name) + " " + verb + ": " + e.Cause()
}

// Cause returns the cause without the name of the rule and the outcome, as it stands in
// the Summary.
func (e *Explanation) Cause() string { return strings.Join(e.Causes(), "; ") }

// Causes returns the parts of the cause: where several checks made it together, one for
// each of them.
func (e *Explanation) Causes() []string {
	switch e.Outcome {
	case Exception:
		return []string{e.exceptionCause()}
	case Shadowed:
		return []string{fmt.Sprintf("an earlier rule, %s (%s), fired first; with all matches both do", nameText(e.By.Name), place(e.By.NameAt))}
	case Disabled:
		return []string{e.disabledCause()}
	case Source:
		return []string{fmt.Sprintf("the rule is of source %s, the event of %s", nameText(e.Rule.Source), nameText(e.Event.Source))}
	case Skipped:
		cause := fmt.Sprintf("%s (%s)", nameText(e.skipped.Message), place(e.skipped.Range))
		if e.skipped.Hint != "" {
			cause += "; " + nameText(e.skipped.Hint)
		}
		return []string{cause}
	}
	return e.reasons()
}

// disabledCause says who disabled the rule, and what would be if it were not.
func (e *Explanation) disabledCause() string {
	var cause string
	switch at := e.Rule.EnabledAt; {
	case e.Rule.Defined.File == at.File && itemOf(e.Rule, at) == e.Rule.Defined:
		cause = fmt.Sprintf("it is disabled (enabled: false at %s)", place(at))
	default:
		cause = fmt.Sprintf("a later item disables it (enabled: false at %s; the rule is at %s)", place(at), place(e.Rule.NameAt))
	}
	if e.Tree.Result {
		return cause + "; its condition holds"
	}
	return cause + "; and its condition is false: " + strings.Join(e.reasons(), "; ")
}

// itemOf returns the range of the item, of those that made a rule, that contains
// another range.
func itemOf(r *loader.Rule, at diag.Range) diag.Range {
	item := r.Defined
	for _, changed := range r.Changed {
		if changed.File == at.File && changed.Start.Compare(at.Start) <= 0 {
			item = changed
		}
	}
	return item
}

// maxReasons is how many checks a cause names.
const maxReasons = 3

// exceptionCause names the exception and the checks of the values that match.
func (e *Explanation) exceptionCause() string {
	b, _ := e.exception()
	use, _ := b.part.Exception()
	found := decisive(b)
	var checks []string
	elsewhere := "" // values that another file appended
	for _, l := range found.first(maxReasons) {
		text := checkText(l.branch)
		if check := l.Expr.(*ast.Check); check.Op != ast.OpEq && check.Op != ast.OpEqEq {
			text += " (" + sawText(l.Node) + ")"
		}
		if at := l.part.Range(); at.File != use.Defined.File && elsewhere == "" {
			elsewhere = ", which " + place(at) + " adds"
		}
		checks = append(checks, text)
	}
	if more := found.total - len(checks); more > 0 {
		checks = append(checks, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("exception %s (%s) holds: %s", nameText(use.Name), place(use.Defined), strings.Join(checks, " and ")) + elsewhere
}

// reasons returns the checks that decided, each with what it saw: "proc.name is
// nginx, so proc.name = bash is false (rules.yaml:12)".
func (e *Explanation) reasons() []string {
	found := decisive(e.root())
	leaves := found.first(maxReasons)
	var out []string
	if e.unidentified && lacksAuditField(e.Tree) {
		out = append(out, "the event has no auditID, so no ka field has a value")
	}
	for i, l := range leaves {
		text := l.verdict()
		if i > 0 && sawText(l.Node) == sawText(leaves[i-1].Node) && l.same(leaves[i-1]) {
			out[len(out)-1] += ", and so is " + l.claim() + l.origin()
			continue
		}
		out = append(out, sawText(l.Node)+", so "+text+l.origin())
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

// lacksAuditField reports whether a check that decided looks at a ka field and saw no
// value.
func lacksAuditField(n *eval.Node) bool {
	if !n.Decisive {
		return false
	}
	if n.Left == nil {
		return slices.ContainsFunc(n.Kids, lacksAuditField)
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
	branch
	// negated says that an odd number of nots is around it, direct that one of
	// them stands before it.
	negated, direct bool
}

// claim is the check, with its not where that stands before it.
func (l leaf) claim() string {
	if l.direct {
		return "not " + checkText(l.branch)
	}
	return checkText(l.branch)
}

// verdict says what became of the claim.
func (l leaf) verdict() string {
	text := fmt.Sprintf("%s is %v", l.claim(), l.Result != l.direct)
	if l.negated != l.direct {
		text += ", and stands under not"
	}
	return text
}

// same reports whether the verdict on two claims is the same.
func (l leaf) same(other leaf) bool {
	return l.Result == other.Result && l.direct == other.direct && l.negated == other.negated
}

// origin says where the check stands, and what was missing where it is little.
func (l leaf) origin() string {
	text := place(l.part.Range())
	if macro := l.part.Within(); macro != "" {
		text = fmt.Sprintf("macro %s, %s", macro, text)
	}
	if hint := near(l.branch); hint != "" {
		text += "; " + hint
	}
	return " (" + text + ")"
}

// leaves are the checks that decided, found and not yet looked up.
type leaves struct {
	root  branch
	total int
	// ways lead to them, to the first few of each sort.
	ways [5][]way
}

// way is how to come to a check: which operand to take, each time.
type way []int

// decisive finds the checks below b that decided.
func decisive(b branch) *leaves {
	found := &leaves{root: b}
	excepted := false
	var walk func(n *eval.Node, at way, c circumstances)
	walk = func(n *eval.Node, at way, c circumstances) {
		if len(n.Kids) == 0 {
			found.total++
			c.excepted = excepted
			if list := &found.ways[c.sort(n)]; len(*list) < maxReasons {
				*list = append(*list, append(way(nil), at...))
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
		for i, kid := range n.Kids {
			if len(at) == 0 {
				_, excepted = b.part.Kid(i).Exception()
			}
			if kid.Decisive {
				below := c
				below.close = c.close || isAnd && !n.Result && c.choice && i > 0
				walk(kid, append(at, i), below)
			}
		}
	}
	walk(b.Node, nil, circumstances{})
	return found
}

// circumstances are what lies around a check that decided.
type circumstances struct {
	// negated says that an odd number of nots is around it, excepted that it is of
	// an exception.
	negated, excepted bool
	// choice says that it is in an or, close that in one of the choices other
	// checks before it are true.
	choice, close bool
}

// sort sorts the checks that decided, what people expect least first: false under
// not since there is no value, false under not, of several choices the ones that
// were close, others, and exceptions.
func (c circumstances) sort(n *eval.Node) int {
	switch {
	case c.excepted:
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
	for _, list := range f.ways {
		for _, w := range list {
			if len(out) == n {
				return out
			}
			out = append(out, f.follow(w))
		}
	}
	return out
}

func (f *leaves) follow(w way) leaf {
	l := leaf{branch: f.root}
	for _, i := range w {
		_, not := l.Expr.(*ast.Not)
		l.negated = l.negated != not
		l.direct = not
		l.branch = l.kid(i)
	}
	// The parts of a macro are its own: there the not is not seen.
	l.direct = l.direct && len(l.part.Macros()) == 0
	return l
}

// place returns the start of a range in short, as file:line.
func place(r diag.Range) string {
	if !r.Start.IsValid() {
		return quote.Line(r.File)
	}
	return fmt.Sprintf("%s:%d", quote.Line(r.File), r.Start.Line)
}

// nameText returns a name, or another text of users, for a message.
func nameText(s string) string { return cut(quote.Line(s), longestText) }
