package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets/all"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/internal/conformance"
	"github.com/falcorules/falcorules/internal/samples"
	"github.com/falcorules/falcorules/loader"
)

// holding are conditions that are true of one event.
type holding []string

// add adds a condition, or its negation, according to its result.
func (h *holding) add(condition string, result bool) {
	condition = "(" + condition + ")"
	if !result {
		condition = "not " + condition
	}
	*h = append(*h, condition)
}

// TestRefuteReal checks that conditions that are true of a real event cannot be refuted, and
// neither can conjunctions of conditions that are true of the same event.
func TestRefuteReal(t *testing.T) {
	dir := conformance.Dir(t)
	t.Run("syscall", func(t *testing.T) {
		rows := conformance.Rows[struct{ Filters [][2]json.RawMessage }](t, filepath.Join(dir, "syscall", "events.jsonl"))
		var events []holding
		for _, row := range rows {
			var h holding
			for _, filter := range row.Filters {
				var condition string
				var result bool
				if json.Unmarshal(filter[0], &condition) == nil && json.Unmarshal(filter[1], &result) == nil {
					h.add(condition, result)
				}
			}
			events = append(events, h)
		}
		refuteNone(t, syscall.SourceName, events)
	})
	t.Run("k8s_audit", func(t *testing.T) {
		rows := conformance.Rows[struct {
			Condition string
			Matches   []int
		}](t, filepath.Join(dir, "k8s_audit", "conditions.jsonl"))
		events := make([]holding, len(conformance.Lines(t, filepath.Join(dir, "k8s_audit", "events.jsonl"))))
		for i := range events {
			for _, row := range rows {
				events[i].add(row.Condition, slices.Contains(row.Matches, i))
			}
		}
		refuteNone(t, k8saudit.SourceName, events)
	})
}

// refuteNone tries to refute the conditions that are true of some event, and random
// conjunctions of those that are true of one event.
func refuteNone(t *testing.T, source string, events []holding) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var conditions []string
	alone := map[string]bool{}
	for _, h := range events {
		for _, condition := range h {
			alone[condition] = true
		}
		for range 10 {
			parts := []string{}
			for range min(len(h), 1+r.IntN(20)) {
				parts = append(parts, h[r.IntN(len(h))])
			}
			conditions = append(conditions, strings.Join(parts, " and "))
		}
	}
	conditions = append(conditions, slices.Sorted(maps.Keys(alone))...)
	var file strings.Builder
	for i, condition := range conditions {
		if text, _ := json.Marshal(condition); i%samples.Every() == 0 && condition != "" {
			fmt.Fprintf(&file, "- rule: R%d\n  desc: d\n  source: %s\n  condition: %s\n  output: o\n  priority: INFO\n", i, source, text)
		}
	}
	set, err := loader.Load([]loader.File{{Name: "r.yaml", Data: []byte(file.String())}}, loader.Options{Sources: all.Sources()})
	if err != nil {
		t.Fatal(err)
	}
	types := newEventTypes()
	for _, c := range conditionsOf(set) {
		if r := refute(c, types); r != nil {
			t.Errorf("%s: %s", r.reason(types), c.Rule.Condition)
		}
	}
	t.Logf("%d conditions", len(set.Rules))
}
