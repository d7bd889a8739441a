package psp

import (
	"fmt"
	"strconv"
	"strings"
)

// Standard converts a level of the Pod Security Standards to rules. Restricted includes
// Baseline. version selects the standards of a Kubernetes version, such as "v1.24" or
// "1.24", or "latest" for 1.[LatestMinor]. Standard returns an error if the level or
// version is unknown, or if the options have an unknown source or an invalid namespace.
func Standard(level Level, version string, options Options) (*Conversion, error) {
	if level != Baseline && level != Restricted {
		return nil, fmt.Errorf("unknown level %q: want baseline or restricted", level)
	}
	if err := options.check(); err != nil {
		return nil, err
	}
	minor, err := minorVersion(version)
	if err != nil {
		return nil, err
	}
	var levels []*builder
	for _, l := range []Level{Baseline, Restricted} {
		b := &builder{options: options, of: string(l), prefix: macroPrefix(options.NamePrefix, "pss", string(l)), tag: "k8s-pss", wording: standardWording(l)}
		b.title = fmt.Sprintf("Pod Security Standards, level %s, Kubernetes 1.%d", l, minor)
		b.rulePrefix = withSpace(options.NamePrefix) + "Pod Security " + string(l) + " "
		b.scope(nil, options.Namespaces)
		b.standard(l, minor)
		if levels = append(levels, b); l == level {
			break
		}
	}
	c := &Conversion{}
	for _, b := range levels {
		if options.has(K8sAudit) {
			b.standardTests(levels, minor, options.Namespaces)
		}
		c.add(b)
	}
	return c, nil
}

// minorVersion parses a Kubernetes version.
func minorVersion(version string) (int, error) {
	if version == "latest" {
		return LatestMinor, nil
	}
	text, ok := strings.CutPrefix(strings.TrimPrefix(version, "v"), "1.")
	minor, err := strconv.Atoi(text)
	if !ok || err != nil || minor < 0 || minor > LatestMinor || text != strconv.Itoa(minor) {
		return 0, fmt.Errorf("unknown version %q: want latest, or v1.0 to v1.%d", version, LatestMinor)
	}
	return minor, nil
}

// standard adds the rules for a level.
func (b *builder) standard(level Level, minor int) {
	limited := limits{}
	for _, c := range controls {
		holds := c.in(minor)
		if c.level != level || holds == nil {
			continue
		}
		if b.options.has(K8sAudit) {
			b.auditRule(Violation, c.id, "", c.title, holds, limited)
		}
		if b.options.has(Syscall) {
			b.activity(c.id, "", c.activity)
		}
	}
	b.limits(limited)
}
