package main

import "fmt"

// condition is one condition in the language of each engine.
type condition struct {
	name string
	// falco uses the fields of requestFields, and the others use their names without
	// "req.".
	falco, expr, cel string
	rego             string // rules named holds
}

func conditionTexts() []condition {
	return []condition{{
		name:  "three equalities",
		falco: `req.stage = ResponseComplete and req.verb = get and req.resource = pods`,
		expr:  `stage == "ResponseComplete" && verb == "get" && resource == "pods"`,
		cel:   `stage == "ResponseComplete" && verb == "get" && resource == "pods"`,
		rego:  `holds if { input.stage == "ResponseComplete"; input.verb == "get"; input.resource == "pods" }`,
	}, {
		name:  "three lists",
		falco: `req.verb in (create, update, patch, delete, get) and req.resource in (pods, configmaps, secrets, leases) and req.ns in (shop, payments, kube-node-lease)`,
		expr:  `verb in ["create", "update", "patch", "delete", "get"] && resource in ["pods", "configmaps", "secrets", "leases"] && ns in ["shop", "payments", "kube-node-lease"]`,
		cel:   `verb in ["create", "update", "patch", "delete", "get"] && resource in ["pods", "configmaps", "secrets", "leases"] && ns in ["shop", "payments", "kube-node-lease"]`,
		rego: `holds if {
			input.verb in {"create", "update", "patch", "delete", "get"}
			input.resource in {"pods", "configmaps", "secrets", "leases"}
			input.ns in {"shop", "payments", "kube-node-lease"}
		}`,
	}, {
		name:  "prefix, part, suffix",
		falco: `req.user startswith "system:" and req.uri contains "/namespaces/shop/" and not req.name endswith "-config"`,
		expr:  `user startsWith "system:" && uri contains "/namespaces/shop/" && not (name endsWith "-config")`,
		cel:   `user.startsWith("system:") && uri.contains("/namespaces/shop/") && !name.endsWith("-config")`,
		rego:  `holds if { startswith(input.user, "system:"); contains(input.uri, "/namespaces/shop/"); not endswith(input.name, "-config") }`,
	}, {
		name:  "and, or, not, nested",
		falco: `(req.verb in (create, patch, delete) or req.verb = get and not req.user startswith "system:") and not (req.ns = kube-system or req.resource in (events, leases))`,
		expr:  `(verb in ["create", "patch", "delete"] || verb == "get" && not (user startsWith "system:")) && not (ns == "kube-system" || resource in ["events", "leases"])`,
		cel:   `(verb in ["create", "patch", "delete"] || verb == "get" && !user.startsWith("system:")) && !(ns == "kube-system" || resource in ["events", "leases"])`,
		rego: `holds if { asked; not passed_over }
			asked if input.verb in {"create", "patch", "delete"}
			asked if { input.verb == "get"; not startswith(input.user, "system:") }
			passed_over if input.ns == "kube-system"
			passed_over if input.resource in {"events", "leases"}`,
	}}
}

// conditions measures each condition on the same events in all engines.
func conditions(s settings, t *table) error {
	all, err := requests(inMemory)
	if err != nil {
		return err
	}
	for _, c := range conditionTexts() {
		holders, err := prepareAll(c, all)
		if err != nil {
			return err
		}
		if _, err := agreed(holders, len(all)); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		measures := make([]func() (float64, error), len(holders))
		for i, holds := range holders {
			measures[i] = perItem(len(all), func() {
				for n := range all {
					_, _ = holds(n) // agreed has checked that there are no errors
				}
			})
		}
		runs, err := rounds(s.runs, measures...)
		if err != nil {
			return err
		}
		for i, e := range engines() {
			r := t.add(c.name+": "+e.name, "ns", runs[i])
			switch e.name {
			case "expr", "cel-go":
				r.timesAtLeast(runs[0], 4)
			case "falcorules":
			default:
				r.relativeTo(runs[0])
			}
		}
	}
	return nil
}

// prepareAll compiles a condition in all engines.
func prepareAll(c condition, all []*request) ([]holder, error) {
	var holders []holder
	for _, e := range engines() {
		h, err := e.prepare(c, all)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", c.name, e.name, err)
		}
		holders = append(holders, h)
	}
	return holders, nil
}

// agreed checks that all engines have the same result for each of n events, and returns for
// how many the condition holds, which must be some, but not all.
func agreed(holders []holder, n int) (holding int, err error) {
	for i := range n {
		var first bool
		for j, e := range engines() {
			holds, err := holders[j](i)
			switch {
			case err != nil:
				return 0, fmt.Errorf("event %d: %s: %w", i, e.name, err)
			case j == 0:
				first = holds
			case holds != first:
				return 0, fmt.Errorf("event %d: result of %s is %t, of %s %t", i, engines()[0].name, first, e.name, holds)
			}
		}
		if first {
			holding++
		}
	}
	if holding == 0 || holding == n {
		return 0, fmt.Errorf("the condition holds for %d of %d events", holding, n)
	}
	return holding, nil
}
