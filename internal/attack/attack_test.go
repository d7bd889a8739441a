package attack_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/attack"
	"github.com/falcorules/falcorules/internal/subtest"
)

func TestCanonical(t *testing.T) {
	for tag, want := range map[string]string{
		"T1059":                         "T1059",
		"T1059.004":                     "T1059.004",
		"t1059.004":                     "T1059.004",
		"T1059_004":                     "T1059.004",
		"T1059-004":                     "T1059.004",
		"T1059/004":                     "T1059.004",
		"T1059.4":                       "T1059.004",
		"T1059.04":                      "T1059.004",
		"T1490-inhibit-system-recovery": "T1490",
		"T1059.004-unix-shell":          "T1059.004",
		"T1053: Scheduled Task/Job":     "T1053",
		"T1059 - 2024":                  "T1059",
		"mitre_t1059":                   "T1059",
		"MITRE_T1552_unsecured":         "T1552",
		"mitre_attack_t1059.004":        "T1059.004",
		"attack.t1059.004":              "T1059.004",
		"TA0002":                        "TA0002",
		"ta0002":                        "TA0002",
		"TA0005-defense-evasion":        "TA0005",
		"mitre_ta0003_persistence":      "TA0003",
		"mitre_execution":               "mitre_execution",
		"MITRE_EXECUTION":               "mitre_execution",
		"mitre-execution":               "mitre_execution",
		"mitre:execution":               "mitre_execution",
		"mitre privilege escalation":    "mitre_privilege_escalation",
		"mitre_command-and-control":     "mitre_command_and_control",
		"mitre.attack.execution":        "mitre_execution",
		"attack.initial-access":         "mitre_initial_access",
		"mitre_stealth":                 "mitre_stealth",
		"mitre_laterl_movement":         "mitre_lateral_movement?",
		"mitre_defence_evasion":         "mitre_defense_evasion?",
		"mitre_privilige_escalation":    "mitre_privilege_escalation?",
		"":                              "",
		"mitre":                         "",
		"mitre_":                        "",
		"mitre_port_knocking":           "",
		"mitre_data_destruction":        "",
		"execution":                     "",
		"attack_surface":                "",
		"attack.group":                  "",
		"T105":                          "",
		"T10590":                        "",
		"T1059.0041":                    "",
		"T1059.bash":                    "",
		"T1059bash":                     "",
		"XT1059":                        "",
		"TA00020":                       "",
		"mitre_\xff":                    "",
	} {
		t.Run(subtest.Name(tag), func(t *testing.T) {
			got, sure := attack.Canonical(tag)
			if got != "" && !sure {
				got += "?"
			}
			if got != want {
				t.Errorf("%q: got %q, want %q", tag, got, want)
			}
		})
	}
}

// TestLookup checks some techniques whose entries differ.
func TestLookup(t *testing.T) {
	for id, want := range map[string]string{
		"T1059.004": "execution",
		"T1574.001": "defense_evasion/stealth execution? persistence? privilege_escalation?",
		"T1098.004": "persistence privilege_escalation?",
		"T1562.001": "defense_evasion",         // revoked in 19
		"T1685":     "defense_impairment",      // new in 19
		"TA0005":    "defense_evasion/stealth", // a tactic
		"T1086":     "-> T1059.001",
		"T1002":     "-> T1560",
		"T1150":     "-> T1647", // by T1547.011, which is revoked, too
		"T1064":     "-> ",
		"T9999":     "unknown",
		"":          "unknown",
	} {
		t.Run(subtest.Name(id), func(t *testing.T) {
			technique, ok := attack.Lookup(id)
			var words []string
			for _, tactic := range technique.Tactics {
				word := strings.Join(tactic.Names, "/")
				if tactic.Optional {
					word += "?"
				}
				words = append(words, word)
			}
			got := strings.Join(words, " ")
			switch {
			case !ok:
				got = "unknown"
			case technique.Replaced:
				got = "-> " + technique.By
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestTable checks that all entries of the table refer to others, and their numbers.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("techniques.txt")
	if err != nil {
		t.Fatal(err)
	}
	// Version 18.1 has 691 techniques, and version 19.1 has 23 new ones.
	counts := map[string]int{"[tactics]": -15, "[techniques]": -691 - 23, "[replaced]": -144}
	section := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
			continue
		case words[0][0] == '[':
			section = words[0]
			continue
		}
		ids := []string{words[0]}
		parent, _, isSub := strings.Cut(words[0], ".")
		for _, word := range words[1:] {
			if word[0] == '.' {
				ids = append(ids, parent+word)
			}
		}
		for _, id := range ids {
			counts[section]++
			technique, ok := attack.Lookup(id)
			switch canonical, _ := attack.Canonical(id); {
			case !ok || technique.ID != id || canonical != id:
				t.Errorf("%s: got %+v, %q", id, technique, canonical)
			case technique.Replaced != (section == "[replaced]"):
				t.Errorf("%s is in the section %s", id, section)
			case !technique.Replaced && len(technique.Tactics) == 0:
				t.Errorf("%s has no tactic", id)
			}
			if by, ok := attack.Lookup(technique.By); technique.By != "" && (!ok || by.Replaced) {
				t.Errorf("%s is replaced by %s", id, technique.By)
			}
			for _, tactic := range technique.Tactics {
				for _, name := range tactic.Names {
					if tag, sure := attack.Canonical(attack.TacticPrefix + name); !sure || tag != attack.TacticPrefix+name {
						t.Errorf("%s: tactic %s has the tag %q", id, name, tag)
					}
				}
			}
		}
		if p, ok := attack.Lookup(parent); isSub && section == "[techniques]" && (!ok || p.Replaced) {
			t.Errorf("%s has no parent", words[0])
		}
	}
	for section, n := range counts {
		if n != 0 {
			t.Errorf("%s: %+d lines", section, n)
		}
	}
}

func ExampleLookup() {
	technique, _ := attack.Lookup("T1053.003")
	for _, tactic := range technique.Tactics {
		fmt.Println(attack.TacticPrefix + tactic.Names[0])
	}
	// Output:
	// mitre_execution
	// mitre_persistence
	// mitre_privilege_escalation
}
