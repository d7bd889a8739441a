package format

import (
	"strings"
	"testing"
)

func TestConditionLines(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"fits", "a and b or c", `
a and b or c
`},
		{"and", "spawned_process and container and proc.name=nc", `
spawned_process
and container
and proc.name = nc
`},
		{"groups", "open_read and (fd.name=/etc/shadow or fd.name = /etc/sudoers) and not (trusted or (a and b))", `
open_read
and (
  fd.name = /etc/shadow
  or fd.name = /etc/sudoers
)
and not (trusted or (a and b))
`},
		{"nested groups", "a and ((proc.name = nc and proc.args contains -e) or (proc.name = nc and sh))", `
a
and (
  (
    proc.name = nc
    and proc.args contains -e
  )
  or (proc.name = nc and sh)
)
`},
		{"two pairs of parentheses", "not ((open_read and directory_traversal or never_true))", `
not ((
  open_read
    and directory_traversal
  or never_true
))
`},
		{"chains in chains", "spawned_process and a or container and proc.name = netcat", `
spawned_process and a
or container
  and proc.name = netcat
`},
		{"lists", "a and proc.name in (aaaaaaa, bbbbbbb, ccccccc, 'd d', e) and b", `
a
and proc.name in (
  aaaaaaa, bbbbbbb, ccccccc,
  'd d', e
)
and b
`},
		{"lists in parentheses", "(not proc.name in (aaaaaaa, bbbbbbb, ccccccc, ddddddd, e))", `
(not proc.name in (
  aaaaaaa, bbbbbbb, ccccccc,
  ddddddd, e
))
`},
		{"no room", "a and proc.cmdline contains \"a text that is very long\" and proc.name in (aaaaaaaaaaaaaaaaaaaaaaaaa)", `
a
and proc.cmdline contains "a text that is very long"
and proc.name in (aaaaaaaaaaaaaaaaaaaaaaaaa)
`},
		{"characters", "proc.name in (äääääääää, öööö)", `
proc.name in (äääääääää, öööö)
`},
		{"appended", "or open_read or (open_write and not trusted)", `
or open_read
or (
  open_write
  and not trusted
)
`},
		{"appended chains in chains", "and open_read and open_write and trusted or untrusted", `
and open_read
  and open_write
  and trusted
or untrusted
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := newCondition(tt.text)
			if !ok {
				t.Fatalf("%q has no layout", tt.text)
			}
			if got := strings.Join(c.lines(30, false), "\n"); got != strings.TrimSpace(tt.want) {
				t.Errorf("%q: got\n%s\nwant%s", tt.text, got, tt.want)
			}
		})
	}
}

// TestDeepConditions nests as deep as the parser allows. Blanks must not multiply the
// text.
func TestDeepConditions(t *testing.T) {
	deep := strings.Repeat("a and (", 150) + strings.Repeat("a or ", 1000) + "b" + strings.Repeat(")", 150)
	c, ok := newCondition(deep)
	if !ok {
		t.Fatal("the condition has no layout")
	}
	if got := len(strings.Join(c.lines(80, false), "\n")); got > len(deep)*maxIndent/3 {
		t.Errorf("%d bytes become %d", len(deep), got)
	}
}
