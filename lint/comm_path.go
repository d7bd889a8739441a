package lint

import "path"

var commPath = &Analyzer{
	ID:       "comm-path",
	Category: Dead,
	Level:    Warning,
	Summary:  "A process name is compared with a path, but the kernel keeps only the base name.",
	Fix:      UnsafeFix,
	Run:      runCommPath,
}

func runCommPath(p *Pass) {
	for l, v := range p.eachValue() {
		// A name of 15 bytes may be cut, and a program can set any name: /usr/sbin/spamd is
		// one that Perl made of a path.
		if !isComm(l) || !comparesStart(l.Check.Op) || !isPath(v.Text) || len(v.Text) == maxComm {
			continue
		}
		d := p.ReportNode(l, v, "%q is a path, but %s is only the base name of a program", v.Text, l.Operand)
		if !comparesWhole(l.Check.Op) {
			continue
		}
		p.suggestValue(d, l, v, path.Base(v.Text), false)
	}
}
