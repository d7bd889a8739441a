package eval

import (
	"encoding/base64"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/scan"
)

// FuzzAddr parses addresses and networks, prints them, and parses them again.
func FuzzAddr(f *testing.F) {
	for _, text := range []string{"10.0.0.1", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", "1.2.3", "10.0.0.0/8", "fe80::/10", "::/0", "1.2.3.4/256", "1.2.3.4/ 8"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if addr, ok := parseAddr(text); ok {
			if again, err := netip.ParseAddr(addr.String()); err != nil || again != addr || fieldsets.AddrValue(addr).Addr() != addr {
				t.Errorf("%q is read as %v", text, addr)
			}
		}
		if network, ok := parseNetwork(text); ok && (!network.IsValid() || !network.Contains(network.Addr())) {
			t.Errorf("%q is read as %v", text, network)
		}
		parsePort(text)
	})
}

// FuzzNumber parses numbers, which saturate as in scanf.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0", "-1", "+5", " 7", "18446744073709551616", "-9223372036854775809", "1e3", "0x10", "--1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits := strings.TrimLeft(text, " \t\n\v\f\r")
		sign := ""
		if digits != "" && strings.ContainsRune("+-", rune(digits[0])) {
			sign, digits = digits[:1], digits[1:]
		}
		valid := digits != "" && strings.Trim(digits, "0123456789") == ""
		n, ok := new(big.Int).SetString(digits, 10)
		if sign == "-" && ok {
			n.Neg(n)
		}
		i, iok := scan.Int64(text)
		u, uok := scan.Uint64(text)
		if iok != valid || uok != valid {
			t.Fatalf("%q: %v, %v, want %v", text, iok, uok, valid)
		}
		if !valid {
			return
		}
		switch {
		case n.IsInt64() && i != n.Int64(), !n.IsInt64() && n.Sign() < 0 && i != math.MinInt64, !n.IsInt64() && n.Sign() > 0 && i != math.MaxInt64:
			t.Errorf("%q is %d", text, i)
		case n.IsUint64() && u != n.Uint64(), !n.IsUint64() && n.Sign() > 0 && u != math.MaxUint64:
			t.Errorf("%q is %d without a sign", text, u)
		}
	})
}

// slowGlob matches patterns without brackets by definition.
func slowGlob(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return slowGlob(pattern[1:], s) || s != "" && slowGlob(pattern, s[1:])
	case s == "":
		return false
	case pattern[0] == '?':
		return slowGlob(pattern[1:], s[1:])
	case pattern[0] == '\\':
		return len(pattern) > 1 && pattern[1] == s[0] && slowGlob(pattern[2:], s[1:])
	}
	return pattern[0] == s[0] && slowGlob(pattern[1:], s[1:])
}

func FuzzGlobSlowly(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"a*b?c", "axxbyc"}, {`\*`, "*"}, {"[!a-c]x", "dx"}, {"[[:alpha:]", "a"}, {"***a", "bba"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		got := globMatch(pattern, s, false)
		globMatch(pattern, s, true)
		if strings.Contains(pattern, "[") || strings.Count(pattern, "*") > 4 || len(s) > 40 {
			return // too slow, or not supported by slowGlob
		}
		if want := slowGlob(pattern, s); got != want {
			t.Errorf("%q, %q: got %v", pattern, s, got)
		}
	})
}

func FuzzPathMatch(f *testing.F) {
	f.Add("/etc", "/etc/shadow")
	f.Add("//a/*/c", "a/b/c")
	f.Fuzz(func(t *testing.T, prefix, path string) {
		got := newPathPattern(prefix).isPrefixOf(path)
		parts := func(s string) (out []string) {
			for p := range strings.SplitSeq(s, "/") {
				if p != "" {
					out = append(out, p)
				}
			}
			return out
		}
		want, have := parts(prefix), parts(path)
		match := len(want) <= len(have)
		for i := 0; match && i < len(want); i++ {
			match = want[i] == have[i] || strings.ContainsAny(want[i], "?*[") && globMatch(want[i], have[i], false)
		}
		if got != match {
			t.Errorf("%q, %q: got %v", prefix, path, got)
		}
	})
}

func FuzzBase64(f *testing.F) {
	f.Add("Zm9v")
	f.Add("Zg==")
	f.Add("Zm9\n")
	f.Fuzz(func(t *testing.T, s string) {
		raw, ok := textTransformers["b64"](nil, s)
		if !ok || strings.Contains(string(raw), "\x00") {
			return
		}
		// There is one text for each value, but ours ends at a zero byte.
		text := strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
		if again := base64.RawStdEncoding.EncodeToString(raw); !strings.HasPrefix(text, strings.TrimRight(again, "=")[:len(again)/4*4]) {
			t.Errorf("%q decodes to %q", s, raw)
		}
	})
}

// slowGetopt is getopt(3) as its manual explains it. It returns the options, followed by
// their values. An unknown option is "?", and an option without its value is "".
func slowGetopt(args []string, letters string) (out []string) {
	takes := func(c string) (known, value bool) {
		for i, l := range strings.Split(letters, "") {
			if l == c && c != ":" {
				known = true
				value = value || strings.HasPrefix(letters[i+1:], ":")
			}
		}
		return known, value
	}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch {
		case word == "--", word == "-", !strings.HasPrefix(word, "-"):
			return out
		case strings.HasPrefix(word, "--"):
			continue
		}
		for word = word[1:]; word != ""; {
			c := word[:1]
			word = word[1:]
			known, value := takes(c)
			switch {
			case !known:
				out = append(out, "?")
			case !value:
				out = append(out, c)
			case word != "":
				out = append(out, c, word)
				word = ""
			case len(args) > 0:
				out = append(out, c, args[0])
				args = args[1:]
			default:
				out = append(out, "")
			}
		}
	}
	return out
}

func FuzzGetopt(f *testing.F) {
	f.Add("-a -b x -- -c", "ab:c")
	f.Add("-abx --long -b", ":ab:")
	f.Add("-?x -? y -z", "?:")
	f.Fuzz(func(t *testing.T, words, letters string) {
		for _, c := range []byte(words + letters) {
			if c >= 0x80 || c == 0 {
				return
			}
		}
		args := strings.Split(words, " ")
		p := &program{source: fieldsets.NewSource("test"), slots: []slot{
			{fill: func(_ *frame, out *fieldsets.Values) {
				for _, a := range args {
					out.AddText(a)
				}
			}},
			{fill: func(_ *frame, out *fieldsets.Values) { out.AddText(letters) }},
			{fill: allOptions(0, 1), list: true},
		}}
		frame := newFrame(p)
		frame.begin(&fieldsets.Event{})
		var got []string
		for _, v := range frame.values(2) {
			got = append(got, v.Text())
		}
		want := slowGetopt(args, letters)
		if strings.Join(got, "\n") != strings.Join(want, "\n") || !frame.has(2) {
			t.Errorf("%q, %q: got %q, want %q", args, letters, got, want)
		}
	})
}
