package lint_test

import (
	"testing"

	"github.com/falcorules/falcorules/lint"
)

func TestProfile(t *testing.T) {
	for _, name := range lint.Profiles() {
		t.Run(name, func(t *testing.T) {
			levels, err := lint.Profile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range lint.Default() {
				level, changed := levels[string(a.ID)]
				switch {
				case changed && level >= a.Level:
					t.Errorf("%s has level %v, which is not worse than %v", a.ID, level, a.Level)
				case name == "default" && changed:
					t.Errorf("%s has level %v", a.ID, level)
				case name == "strict" && !changed && (a.Level == lint.Info || a.Level == lint.Off && a.Category != lint.Style):
					t.Errorf("%s has level %v", a.ID, a.Level)
				}
			}
		})
	}
	if _, err := lint.Profile("lax"); err == nil {
		t.Error("there is a profile lax")
	}
}
