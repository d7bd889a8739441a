package suggest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/plugins"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/parser"
)

// sources are all built-in sources.
func sources() map[string]*fieldsets.Source {
	all := map[string]*fieldsets.Source{}
	for _, s := range append(plugins.Sources(), syscall.NewSource(), k8saudit.NewSource()) {
		all[s.Name()] = s
	}
	return all
}

// checkCondition compiles a condition for a source.
func checkCondition(t *testing.T, source *fieldsets.Source, condition string) {
	t.Helper()
	x, err := parser.Condition(condition)
	if err != nil {
		t.Errorf("%s: %v", condition, err)
		return
	}
	if err := eval.NewBuilder(source).Check(source.Name(), x); err != nil {
		t.Errorf("%s: %s: %v", source.Name(), condition, err)
	}
}

// TestMeanings compiles every meaning in a condition.
func TestMeanings(t *testing.T) {
	all := sources()
	for section, words := range suggest.Meanings() {
		t.Run(section, func(t *testing.T) {
			for word, meant := range words {
				switch section {
				case "groups":
					if meant == "ka.requestObject" { // a part of the event, for jevt.value
						break
					}
					if !slices.ContainsFunc(slices.Collect(names(all)), func(name string) bool { return strings.HasPrefix(name, meant+".") }) {
						t.Errorf("no field begins with %s.", meant)
					}
				case "outer groups":
				case "words":
					// The meanings are not looked up again.
					for other := range strings.FieldsSeq(meant) {
						if again, ok := words[other]; ok && !slices.Contains(strings.Fields(again), other) {
							t.Errorf("%s means %s, which means %s", word, other, again)
						}
					}
				case "groups of sources":
					known := false
					for name, source := range all {
						known = known || suggest.Squash(name) == word && slices.ContainsFunc(source.Fields(), func(f fieldsets.Field) bool { return strings.HasPrefix(f.Name, meant+".") })
					}
					if !known {
						t.Errorf("source %s has no field that begins with %s.", word, meant)
					}
				case "plugins":
					for name := range names(all) {
						if strings.HasPrefix(name, word+".") {
							t.Errorf("%s is built in", name)
						}
					}
				case "operators":
					name, modifier, _ := strings.Cut(meant, " ")
					op, ok := ast.LookupOperator(ast.Operator(name))
					if _, known := ast.LookupOperator(ast.Operator(word)); known || !ok {
						t.Errorf("%s means %s", word, meant)
					}
					right := map[ast.OperatorClass]string{ast.Numeric: " 1", ast.Textual: " a", ast.Membership: " (a)"}[op.Class]
					if modifier != "" {
						right = " (a)"
					}
					left := "proc.name "
					if op.Class == ast.Numeric {
						left = "fd.num "
					}
					checkCondition(t, all["syscall"], left+meant+right)
				case "parameters":
					if _, known := syscall.EventParam(word); known {
						t.Errorf("%s is a parameter", word)
					}
					if meant != "-" {
						checkCondition(t, all["syscall"], "evt.arg."+meant+" exists")
					}
				case "event types":
					if syscall.IsEventType(word) {
						t.Errorf("%s is an event type", word)
					}
					if strings.Contains(meant, "=") {
						checkCondition(t, all["syscall"], meant)
						break
					}
					for name := range strings.FieldsSeq(meant) {
						checkCondition(t, all["syscall"], "evt.type = "+name)
					}
				default:
					source := all[section]
					if source == nil {
						t.Fatal("no source has this name")
					}
					if source.Has(word) {
						t.Errorf("%s is a field", word)
					}
					checkCondition(t, source, meant+" exists")
				}
			}
		})
	}
}

// TestMeaningsOnce checks that no section has a word twice, or a word that is the name of a
// field.
func TestMeaningsOnce(t *testing.T) {
	text, err := os.ReadFile("meanings.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := sources()
	section, seen := "", map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section, seen = strings.Trim(line, "[]"), map[string]string{}
		}
		written, _, ok := strings.Cut(line, " -> ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(written) {
			if before := seen[suggest.Squash(word)]; before != "" {
				t.Errorf("[%s] has %s and %s", section, before, word)
			}
			seen[suggest.Squash(word)] = word
			if s := all[section]; s != nil && s.Has(word) {
				t.Errorf("[%s] %s is a field", section, word)
			}
		}
	}
}

// TestEventHint checks the hints about unknown event types.
func TestEventHint(t *testing.T) {
	all := []string{"clone", "execve", "openat", "pwrite", "setresuid32", "setreuid", "unlink", "unlinkat"}
	for word, want := range map[string]string{
		"setreuid32":    "did you mean setreuid?", // and not setresuid32
		"clone64":       "did you mean clone?",
		"sys_openat":    "did you mean openat?",
		"unlinked":      "did you mean unlink or unlinkat?",
		"openwrite":     "use evt.is_open_write = true",
		"process_start": "did you mean execve?",
		"dns":           "",
		"64":            "",
	} {
		t.Run(word, func(t *testing.T) {
			if got := suggest.EventHint(word, all); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// names returns the names of all fields.
func names(all map[string]*fieldsets.Source) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, s := range all {
			for _, f := range s.Fields() {
				if !yield(f.Name) {
					return
				}
			}
		}
	}
}

// TestSameWords checks which names have the same words.
func TestSameWords(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"process.parentCmd", "proc.parent_command", true},
		{"podUID", "k8s.pod.uid", true},
		{"sourceIPAddress", "source.ip.address", true},
		{"proc.parent.name", "name.of.parent.process", false},
		{"proc.grandparent.name", "proc.parent.parent.name", true},
		{"proc.parent.name", "proc.parent.parent.name", false},
		{"proc.name.name", "proc.name", true},
		{"proc", "process", false}, // single words
		{"...", "", false},
		{"é.É", "é.é", true},
	} {
		t.Run(test.a, func(t *testing.T) {
			a, b := suggest.KeyOf(test.a), suggest.KeyOf(test.b)
			if same := a != "" && a == b; same != test.same {
				t.Errorf("%q and %q have the keys %q and %q", test.a, test.b, a, b)
			}
		})
	}
}
