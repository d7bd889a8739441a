package parser_test

import (
	"strings"
	"testing"

	"github.com/falcorules/falcorules/parser"
)

// typical is a condition of about 300 characters, as in real rules.
const typical = `spawned_process and container and shell_procs and proc.tty != 0 and container_entrypoint and not user_expected_terminal_shell_in_container_conditions and (proc.pname in (sshd, "docker exec", runc) or proc.cmdline contains "-c" or fd.name startswith /etc) and not proc.aname[2] = "systemd" and evt.num > 10`

func BenchmarkCondition(b *testing.B) {
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.Condition(typical); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOutput(b *testing.B) {
	const text = "secret read (verb %ka.verb, of %ka.uri, parameter %ka.uri.param[limit], in capitals %toupper(ka.verb))"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.Output(text, 20, known); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConditionLong(b *testing.B) {
	text := "a.b = 1" + strings.Repeat(" or proc.name in (bash, zsh, sh)", 32768)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.Condition(text); err != nil {
			b.Fatal(err)
		}
	}
}
