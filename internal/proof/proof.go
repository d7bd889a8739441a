// Package proof checks that a change of rules files does not change the rules.
//
//	for i, err := range proof.Files(files, changed, options) {
//		if err != nil {
//			// Falco would read changed[i] differently from files[i].
//		}
//	}
package proof

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/loader"
)

// Files loads files before and after a change and returns, for each of them, an error
// that says what the change would make different, or nil. If a difference comes from
// several files together, all of them have the error.
func Files(before, after []loader.File, options loader.Options) []error {
	errs := make([]error, len(before))
	old, _ := loader.Load(before, options) // the ruleset has the errors
	compare := func(files []loader.File) error {
		set, _ := loader.Load(files, options)
		return Same(old, set)
	}
	err := compare(after)
	if err == nil {
		return errs
	}
	var changed []int
	found := false
	for i := range before {
		if bytes.Equal(before[i].Data, after[i].Data) {
			continue
		}
		changed = append(changed, i)
		files := slices.Clone(before)
		files[i] = after[i]
		errs[i] = compare(files)
		found = found || errs[i] != nil
	}
	for _, i := range changed {
		if !found {
			errs[i] = err
		}
	}
	return errs
}

// Same returns an error about the first difference between two rulesets: in the
// verdicts on their files or, if they load, in their rules, macros, lists and
// requirements. Conditions are compared as Falco compiles them. Positions and the text of
// conditions can differ.
//
// If the files have errors there are no rules to compare, only diagnostics.
func Same(before, after *loader.Ruleset) error {
	if len(before.Results) != len(after.Results) {
		return fmt.Errorf("%d files become %d", len(before.Results), len(after.Results))
	}
	for i, r := range before.Results {
		if err := sameResult(r, after.Results[i]); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	if err := sameDiagnostics("notice", before.Notices, after.Notices); err != nil {
		return err
	}
	if before.EngineVersion != after.EngineVersion {
		return fmt.Errorf("the required engine version %s becomes %s", before.EngineVersion, after.EngineVersion)
	}
	if !slices.EqualFunc(before.Plugins, after.Plugins, samePlugins) {
		return errors.New("the required plugins are different")
	}
	if err := sameItems("rule", before.Rules, after.Rules, ruleName, ruleChange); err != nil {
		return err
	}
	if err := sameItems("macro", before.Macros, after.Macros, macroName, macroChange); err != nil {
		return err
	}
	return sameItems("list", before.Lists, after.Lists, listName, listChange)
}

// sameResult compares the verdicts on a file.
func sameResult(before, after *loader.Result) error {
	if err := sameDiagnostics("error", before.Errors, after.Errors); err != nil {
		return err
	}
	return sameDiagnostics("warning", before.Warnings, after.Warnings)
}

func sameDiagnostics(kind string, before, after diag.List) error {
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(after):
			return fmt.Errorf("the %s %s disappears", kind, describe(before[i]))
		case i >= len(before):
			return fmt.Errorf("the %s %s appears", kind, describe(after[i]))
		case before[i].Code != after[i].Code || !slices.Equal(before[i].Within, after[i].Within):
			return fmt.Errorf("the %s %s becomes %s", kind, describe(before[i]), describe(after[i]))
		}
	}
	return nil
}

func describe(d *diag.Diagnostic) string { return fmt.Sprintf("%s (%s)", d.Code, d.Message) }

func samePlugins(a, b []loader.Plugin) bool {
	return slices.EqualFunc(a, b, func(a, b loader.Plugin) bool { return a.Name == b.Name && a.Version == b.Version })
}

// sameItems compares items in their order. change returns which part of an item is
// changed, or an empty text.
func sameItems[T any](kind string, before, after []T, name func(T) string, change func(a, b T) string) error {
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(after) || i < len(before) && name(before[i]) != name(after[i]):
			return fmt.Errorf("%s %q is missing or in another position", kind, name(before[i]))
		case i >= len(before):
			return fmt.Errorf("%s %q is new", kind, name(after[i]))
		}
		if part := change(before[i], after[i]); part != "" {
			return fmt.Errorf("%s %q: different %s", kind, name(before[i]), part)
		}
	}
	return nil
}

func ruleName(r *loader.Rule) string   { return r.Name }
func macroName(m *loader.Macro) string { return m.Name }
func listName(l *loader.List) string   { return l.Name }

func ruleChange(a, b *loader.Rule) string {
	switch {
	case a.Source != b.Source:
		return "source"
	case a.Desc != b.Desc:
		return "desc"
	case a.Priority != b.Priority:
		return "priority"
	case !slices.Equal(a.Tags, b.Tags):
		return "tags"
	case a.Enabled != b.Enabled:
		return "enabled"
	case a.Capture != b.Capture || a.CaptureDuration != b.CaptureDuration:
		return "capture"
	case a.Output != b.Output || a.CompiledOutput != b.CompiledOutput:
		return "output"
	case !slices.EqualFunc(a.Exceptions, b.Exceptions, sameException):
		return "exceptions"
	case !ast.Equal(a.Compiled, b.Compiled):
		return "condition"
	case !slices.Equal(a.Plugins, b.Plugins):
		return "plugins"
	}
	return ""
}

func sameException(a, b loader.Exception) bool {
	return a.Name == b.Name && slices.Equal(a.Fields, b.Fields) && slices.Equal(a.Comps, b.Comps) && a.HasValues == b.HasValues
}

func macroChange(a, b *loader.Macro) string {
	switch {
	case !ast.Equal(a.Compiled, b.Compiled):
		return "condition"
	case a.Used != b.Used:
		return "usage"
	}
	return ""
}

func listChange(a, b *loader.List) string {
	switch {
	case !slices.Equal(a.Items, b.Items) || !slices.Equal(a.Compiled, b.Compiled):
		return "items"
	case a.Used != b.Used:
		return "usage"
	}
	return ""
}
