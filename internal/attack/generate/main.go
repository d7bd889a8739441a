// Command generate writes the table of ATT&CK techniques that package attack embeds. It
// reads bundles of ATT&CK for Enterprise in STIX format, which MITRE publishes as
// enterprise-attack-VERSION.json, from the oldest version to the newest:
//
//	go run ./internal/attack/generate enterprise-attack-13.1.json enterprise-attack-18.1.json \
//		enterprise-attack-19.1.json >internal/attack/techniques.txt
//
// Package attack explains the table. A technique is revoked or deprecated if it is so in the
// last two bundles.
package main

import (
	"bytes"
	_ "embed" // the header of the table
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

//go:embed header.txt
var header string

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(files []string, out io.Writer) error {
	if len(files) < 2 {
		return errors.New("usage: generate OLDEST.json... NEWEST.json")
	}
	var versions []version
	for _, name := range files {
		data, err := os.ReadFile(name) //nolint:gosec // the caller names the files
		if err != nil {
			return err
		}
		v, err := parse(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		versions = append(versions, v)
	}
	_, err := out.Write(table(versions))
	return err
}

// version is a version of ATT&CK.
type version struct {
	// tactics are the names of tactics, such as initial-access, by their IDs.
	tactics map[string]string
	// techniques are those that are in use, by their IDs, with the names of their tactics.
	techniques map[string][]string
	// replaced are the IDs of revoked techniques, with those of the techniques that
	// replace them, and of deprecated ones, with "".
	replaced map[string]string
}

// parse reads a STIX bundle.
func parse(data []byte) (version, error) {
	var bundle struct {
		Objects []struct {
			Type       string
			ID         string
			Revoked    bool
			Deprecated bool   `json:"x_mitre_deprecated"`
			ShortName  string `json:"x_mitre_shortname"`
			References []struct {
				Source string `json:"source_name"`
				ID     string `json:"external_id"`
			} `json:"external_references"`
			Phases []struct {
				Name string `json:"phase_name"`
			} `json:"kill_chain_phases"`
			Relation string `json:"relationship_type"`
			From     string `json:"source_ref"`
			To       string `json:"target_ref"`
		}
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		return version{}, err
	}
	v := version{map[string]string{}, map[string][]string{}, map[string]string{}}
	ids := map[string]string{} // of ATT&CK, by those of STIX
	for _, o := range bundle.Objects {
		for _, r := range o.References {
			if r.Source == "mitre-attack" {
				ids[o.ID] = r.ID
			}
		}
	}
	revokedBy := map[string]string{}
	for _, o := range bundle.Objects {
		if o.Type == "relationship" && o.Relation == "revoked-by" {
			revokedBy[o.From] = ids[o.To]
		}
	}
	for _, o := range bundle.Objects {
		switch id := ids[o.ID]; {
		case o.Type == "x-mitre-tactic":
			v.tactics[id] = o.ShortName
		case o.Type != "attack-pattern":
		case o.Revoked || o.Deprecated:
			v.replaced[id] = revokedBy[o.ID]
		default:
			for _, p := range o.Phases {
				v.techniques[id] = append(v.techniques[id], p.Name)
			}
		}
	}
	for id := range v.techniques {
		delete(v.replaced, id) // an ID that is in use again
	}
	if len(v.tactics) == 0 || len(v.techniques) == 0 {
		return version{}, errors.New("not a bundle of ATT&CK")
	}
	return v, nil
}

// split are the tactics that replace defense-evasion since ATT&CK 19.
var split = []string{"stealth", "defense-impairment"}

// table returns the table for versions, oldest first.
func table(versions []version) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	tactics := map[string][]string{}
	active := map[string]string{}
	replaced := map[string]string{}
	last := versions[len(versions)-2:]
	for i := range versions {
		for id, name := range versions[i].tactics {
			if !slices.Contains(tactics[id], name) {
				tactics[id] = append(tactics[id], name)
			}
		}
		for id := range versions[i].techniques {
			if slices.ContainsFunc(last, func(v version) bool { return v.techniques[id] != nil }) {
				active[id] = tacticsOf(id, versions)
			}
		}
	}
	for _, v := range []version{last[1], last[0]} { // the older replacement may be in use in both
		for id, by := range v.replaced {
			if active[id] == "" {
				replaced[id] = by
			}
		}
	}
	b.WriteString("\n[tactics]\n")
	for _, id := range slices.Sorted(maps.Keys(tactics)) {
		fmt.Fprintf(&b, "%s %s\n", id, strings.Join(tactics[id], "/"))
	}
	b.WriteString("\n[techniques]\n")
	// A line has a technique and those of its sub-techniques that have the same tactics.
	lines := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(active)) {
		parent, sub, isSub := strings.Cut(id, ".")
		key := parent + " " + active[id]
		switch {
		case !isSub:
			lines[key] = []string{""}
		case lines[key] == nil:
			lines[key] = []string{"." + sub}
		default:
			lines[key] = append(lines[key], "."+sub)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		parent, tactics, _ := strings.Cut(key, " ")
		if lines[key][0] != "" {
			parent += lines[key][0]
		}
		fmt.Fprintln(&b, strings.Join(append(append([]string{parent}, lines[key][1:]...), tactics), " "))
	}
	b.WriteString("\n[replaced]\n")
	for _, id := range slices.Sorted(maps.Keys(replaced)) {
		by := replaced[id]
		for active[by] == "" && replaced[by] != "" {
			by = replaced[by]
		}
		fmt.Fprintln(&b, strings.TrimSpace(id+" "+by))
	}
	return b.Bytes()
}

// tacticsOf returns the tactics of a technique as the table has them.
func tacticsOf(id string, versions []version) string {
	var names []string
	count := map[string]int{}
	in := 0
	for _, v := range versions {
		tactics, ok := v.techniques[id]
		if !ok {
			continue
		}
		in++
		for _, name := range tactics {
			if count[name]++; count[name] == 1 {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var out []string
	for _, name := range names {
		switch {
		case name == "defense-evasion":
			total, written := count[name], name
			for _, other := range split {
				if count[other] > 0 {
					total += count[other]
					written += "/" + other
				}
			}
			out = append(out, optional(written, total < in))
		case slices.Contains(split, name) && count["defense-evasion"] > 0:
		default:
			out = append(out, optional(name, count[name] < in))
		}
	}
	return strings.Join(out, " ")
}

func optional(name string, is bool) string {
	if is {
		return name + "?"
	}
	return name
}
