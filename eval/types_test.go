package eval_test

import (
	"errors"
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/internal/subtest"
	"github.com/falcorules/falcorules/parser"
)

// typed has a field of every type. The Data of an event are their values.
type typed struct{}

type typedData map[string]fieldsets.Value

func (typed) Fields() []fieldsets.Field {
	fields := []fieldsets.Field{
		{Name: "y.list", List: true},
		{Name: "y.nets", Type: fieldsets.IPNet, List: true},
		{Name: "y.sources", Type: fieldsets.IPAddr, List: true},
		{Name: "y.constantsonly", NoRightSide: true, NoTransformer: true},
		{Name: "y.typesonly", NoRightSide: true, List: true},
		{Name: "y.eventtype", EventType: true, CheckValue: func(_ ast.Operator, text string) error {
			if text != "open" {
				return &fieldsets.FieldError{Unknown: true, Msg: "no such type"}
			}
			return nil
		}},
	}
	for t := fieldsets.CharBuf; t <= fieldsets.NoType; t++ {
		fields = append(fields, fieldsets.Field{Name: "y." + strings.ToLower(t.String()), Type: t})
	}
	return fields
}

func (typed) Extractor(f *fieldsets.Field, _ fieldsets.Arg) (fieldsets.Extractor, error) {
	return func(ev *fieldsets.Event, out *fieldsets.Values) {
		switch f.Name {
		case "y.list":
			for _, s := range []string{"-ab", "value", "-c", "-xd", "rest", "-c"} {
				out.AddText(s)
			}
		case "y.nets", "y.sources":
			out.Add(fieldsets.AddrValue(netip.MustParseAddr("10.0.0.1")))
			out.Add(fieldsets.AddrValue(netip.MustParseAddr("fe80::1")))
		default:
			if v, ok := ev.Data.(typedData)[f.Name]; ok {
				out.Add(v)
			}
		}
	}, nil
}

func TestTypes(t *testing.T) {
	data := typedData{
		"y.int8": fieldsets.IntValue(-1), "y.int64": fieldsets.IntValue(-5), "y.fd": fieldsets.IntValue(3),
		"y.uint8": fieldsets.NumberValue(255), "y.uint32": fieldsets.NumberValue(1 << 31), "y.flags16": fieldsets.NumberValue(0x8000),
		"y.int16": fieldsets.IntValue(1), "y.uint64": fieldsets.NumberValue(math.MaxUint64),
		"y.double": fieldsets.DoubleValue(2.5), "y.bool": fieldsets.BoolValue(true),
		"y.port": fieldsets.NumberValue(443), "y.bytebuf": fieldsets.TextValue("\x7fELF\x00\x01"),
		"y.ipaddr": fieldsets.AddrValue(netip.MustParseAddr("10.1.2.3")), "y.ipv4addr": fieldsets.AddrValue(netip.MustParseAddr("10.1.2.3")),
		"y.ipnet": fieldsets.AddrValue(netip.MustParseAddr("fe80::17")), "y.fspath": fieldsets.TextValue("/etc/passwd"),
		"y.uid": fieldsets.NumberValue(0), "y.eventtype": fieldsets.TextValue("open"), "y.charbuf": fieldsets.TextValue("-c"),
	}
	tests := map[string]bool{
		"y.int8 = -1":                           true,
		"y.int8 = 255":                          true, // cut to 8 bits
		"y.int8 < 0":                            true,
		"y.int64 < -4":                          true,
		"y.int64 > -4":                          false,
		"y.int64 in (-5)":                       true,
		"y.fd >= 3":                             true,
		"y.int16 = 65537":                       true,
		"y.uint8 = -1":                          true,
		"y.uint8 > 1":                           true,
		"y.uint8 = 511":                         true,
		"y.uint32 > 1":                          true,
		"y.uint32 in (2147483648, 1)":           true,
		"y.flags16 = 32768":                     true,
		"y.uint64 = 99999999999999999999":       true,
		"y.double > 2":                          true,
		"y.double = 2":                          false,
		"y.double < 4294967299":                 true, // cut to 32 bits
		"y.bool = true":                         true,
		"y.bool in (false)":                     false,
		"y.port = https":                        true,
		"y.port in (80, 443)":                   true,
		"y.port = 65979":                        true,
		"y.port < 22":                           false,
		"y.port != anyof (443, http)":           true,
		"y.bytebuf contains ELF":                true,
		"y.bytebuf bstartswith 7f454c46":        true,
		"y.bytebuf bstartswith 7F454C47":        false,
		"y.bytebuf bcontains 0001":              true,
		`y.bytebuf endswith "\x00\x01"`:         true,
		`y.bytebuf = "\x7fELF\x00\x01"`:         true,
		`y.bytebuf in (a, "\x7fELF\x00\x01")`:   true,
		"len(y.bytebuf) = 6":                    true,
		"y.ipaddr = 10.1.2.3":                   true,
		"y.ipaddr != fe80::1":                   true,
		"y.ipaddr in (::1, 10.1.2.3)":           true,
		"y.ipaddr = anyof (10.1.2.3)":           true,
		"y.ipv4addr = 10.1.2.3":                 true,
		"y.ipnet = fe80::/10":                   true,
		"y.ipnet = fe80::10/127":                false,
		"y.ipnet = 10.0.0.0/8":                  false,
		"y.ipnet != 10.0.0.0/8":                 true,
		"y.ipnet in (10.0.0.0/8, fe80::/64)":    true,
		"y.ipnet != allof (::/1, fe80::/16)":    true, // as in Falco, for any address
		"y.ipnet = anyof (::/1, fe80::/16)":     false,
		"y.ipnet = allof (fe80::/8, fe80::/16)": true,
		"y.ipnet != anyof (::/1, fe80::/16)":    true,
		"y.nets in (10.0.0.0/8, fe80::/10)":     true,
		"y.nets in (10.0.0.0/8)":                false,
		"y.nets intersects (10.0.0.0/8)":        true,
		"y.sources intersects (fe80::1)":        true,
		"y.sources in (fe80::1)":                false,
		"y.fspath pmatch (/etc)":                true,
		"basename(y.fspath) = passwd":           true,
		"y.uid exists":                          true,
		"y.gid exists":                          false,
		"y.eventtype = open":                    true,
		"y.eventtype startswith val(y.charbuf)": false,
		"tolower(y.eventtype) = open":           true,
		"y.ipaddr = val(y.ipaddr)":              true,
		"y.int8 = val(y.int8)":                  true,

		// getopt. The words are -ab value -c -xd rest -c.
		`getopt(y.list, "a:bcd:")[a] = b`:                            true,
		`getopt(y.list, "ab:cd:")[b] = value`:                        true,
		`getopt(y.list, "ab:cd:")[d] = rest`:                         true,
		`getopt(y.list, "ab:cd:")[c] = c`:                            true,
		`getopt(y.list, "ab:c:d:")[c] = -xd`:                         true,
		`getopt(y.list, "ab:cd:")[z] exists`:                         false,
		`getopt(y.list, "ab:cd:") in (a, b, value, c, "?", d, rest)`: true,
		`len(getopt(y.list, "ab:cd:")) = 8`:                          true,
		`getopt(y.list, "ab:") in (a, b, value, "?")`:                true, // options end at rest
		`getopt((y.charbuf, "x"), "c:")[c] = x`:                      true,
		`getopt((y.charbuf), "c:")[c] = ""`:                          true, // the value is missing
		`getopt((y.charbuf), "c:") in ("")`:                          true,
		`join("", ()) = ""`:                                          true,
		`len((y.charbuf, y.int64)) = 2`:                              true,
		// Falco prints numbers of 64 bits and treats the memory of other types as text.
		`join(",", (y.ipaddr, y.int64, y.double)) = "\n\x01\x02\x03,-5,"`: true,
		`concat(len(y.charbuf), y.charbuf) = "\x02-c"`:                    true,

		// If a transformer with several arguments is on the left, Falco does not read
		// the right side and does not compare the types.
		`concat(y.charbuf, y.charbuf) = len(y.list)`:            false,
		`concat(y.charbuf, y.charbuf) != val(y.list)`:           false,
		`concat(y.charbuf, y.charbuf) contains val(y.charbuf)`:  true,
		`concat(y.charbuf, "") in val(y.charbuf)`:               false,
		`tolower(concat(y.charbuf, "")) intersects val(y.int8)`: false,
		`getopt(("x", y.charbuf), "q") in val(y.charbuf)`:       true,
		`getopt(y.list, "q") in val(y.list)`:                    false,
	}
	b := eval.NewBuilder(fieldsets.NewSource("test", typed{}))
	for condition := range tests {
		r, err := compile(b, condition, "x")
		if err == nil {
			err = b.Add(r)
		}
		if err != nil {
			t.Errorf("%s: %v", condition, err)
		}
	}
	fired := map[string]bool{}
	for _, m := range b.Engine().NewMatcher(eval.AllMatches).Match(&fieldsets.Event{Source: "test", Data: data}) {
		fired[m.Rule.Name] = true
	}
	for condition, want := range tests {
		t.Run(subtest.Name(condition), func(t *testing.T) {
			if fired[condition] != want {
				t.Errorf("%s: got %v", condition, fired[condition])
			}
		})
	}
}

func TestTypeErrors(t *testing.T) {
	b := eval.NewBuilder(fieldsets.NewSource("test", typed{}))
	for condition, want := range map[string]string{
		"y.uid = 0":                          "y.uid is of type UID and does not accept =; it accepts exists",
		"y.dynamic in ()":                    "y.dynamic is of type DYNAMIC and does not accept in; it accepts exists",
		"y.sigtype = 9":                      "y.sigtype is of type SIGTYPE, for which Falco accepts no values",
		"y.syscallid in (1)":                 "y.syscallid is of type SYSCALLID, for which Falco accepts no values",
		"y.bytebuf < 1":                      "y.bytebuf is bytes and does not accept <; it accepts exists, ==, =, !=, contains, bcontains, startswith, bstartswith, endswith, intersects, in",
		"y.bytebuf bcontains xy":             `invalid value "xy" for bcontains: want bytes in hexadecimal, such as 7f454c46`,
		"y.bytebuf bcontains 123":            `invalid value "123" for bcontains: want bytes in hexadecimal, such as 7f454c46`,
		"y.int8 = x":                         `invalid value "x" for y.int8: want a whole decimal number`,
		"y.double = 1.5":                     `invalid value "1.5" for y.double: want a whole decimal number`,
		"y.port = nosuch":                    `invalid value "nosuch" for y.port: want a port number or the name of a service such as https`,
		"y.port = 2147483648":                `invalid value "2147483648" for y.port: want a port number or the name of a service such as https`,
		"y.ipaddr = 10.0.0":                  `invalid value "10.0.0" for y.ipaddr: want an address such as 10.0.0.1 or fe80::1`,
		"y.ipaddr = ::ffff:10.0.0.1":         `invalid value "::ffff:10.0.0.1" for y.ipaddr: want an address such as 10.0.0.1 or fe80::1`,
		"y.ipaddr = 10.0.0.01":               `invalid value "10.0.0.01" for y.ipaddr: want an address such as 10.0.0.1 or fe80::1`,
		"y.ipaddr = fe80::1%eth0":            `invalid value "fe80::1%eth0" for y.ipaddr: want an address such as 10.0.0.1 or fe80::1`,
		"y.ipaddr < 10.0.0.1":                "",
		"y.ipv4addr = ::1":                   `invalid value "::1" for y.ipv4addr: want an address such as 10.0.0.1 or fe80::1`,
		"y.ipnet = 10.0.0.1":                 `invalid value "10.0.0.1" for y.ipnet: want a network such as 10.0.0.0/8 or fe80::/10`,
		"y.ipnet = 10.0.0.0/33":              `invalid value "10.0.0.0/33" for y.ipnet: want a network such as 10.0.0.0/8 or fe80::/10`,
		"y.ipnet = ::/0":                     `invalid value "::/0" for y.ipnet: want a network such as 10.0.0.0/8 or fe80::/10`,
		"y.ipnet = val(y.ipnet)":             "y.ipnet can be compared only with networks, and no field has networks",
		"y.constantsonly = val(y.charbuf)":   "y.constantsonly can be compared only with values, not with fields",
		"y.charbuf = val(y.constantsonly)":   "y.constantsonly cannot be used on the right side of an operator",
		"y.uint64 = len(y.typesonly)":        "len(y.typesonly) cannot be used on the right side of an operator",
		"tolower(y.constantsonly) = x":       "y.constantsonly cannot be used in a transformer",
		"y.int8 = val(y.int16)":              "y.int8 (INT8) and y.int16 (INT16) cannot be compared: their types differ",
		"y.fspath = val(y.charbuf)":          "y.fspath (FSPATH) and y.charbuf (CHARBUF) cannot be compared: their types differ",
		"y.charbuf pmatch val(y.charbuf)":    "pmatch accepts only values on its right side, not fields",
		"y.eventtype = val(y.charbuf)":       "y.eventtype = accepts only values on its right side: Falco needs to know the event types of the rule",
		"y.eventtype contains pen":           "no such type",
		"tolower(y.eventtype) = OPEN":        "no such type",
		"len(y.eventtype) = 4":               "no such type",
		"b64(y.fspath) = x":                  "b64 does not accept y.fspath, which is text",
		"len(y.int8) = 1":                    "len does not accept y.int8, which is a number",
		"concat(y.fspath, y.fspath) = x":     "the arguments of concat must have type CHARBUF; y.fspath is FSPATH",
		`join(y.list, y.list) = x`:           "the first argument of join must be a single value, not a list; y.list is a list (text)",
		`join(",", y.charbuf) = x`:           "the second argument of join must be a list; y.charbuf is text",
		`getopt(y.charbuf, "a") in ()`:       "the first argument of getopt must be a list; y.charbuf is text",
		`getopt(y.sources, "a") in ()`:       "the arguments of getopt must have type CHARBUF; y.sources is a list of IPADDR",
		`getopt(y.list, y.list) in ()`:       "the second argument of getopt must be a single value, not a list; y.list is a list (text)",
		`getopt(y.list, "a")[ab] = x`:        `invalid option "ab" of getopt: want one letter in brackets`,
		`getopt(y.list, "a") = x`:            `getopt(y.list,a) is a list and does not accept =; it accepts in, intersects and exists`,
		`join(",", getopt(y.list, "a")) = x`: "the second argument of join must be a list; getopt(y.list,a) is a list (text)",
		`tolower(y.nosuch, y.charbuf) = x`:   "source test has no field y.nosuch",
		"y.charbuf = val(y.nosuch)":          "source test has no field y.nosuch",
		"y.int8 contains val(y.nosuch)":      "y.int8 is a number and does not accept contains; it accepts exists, <=, <, >=, >, ==, =, !=, intersects, in",
	} {
		t.Run(subtest.Name(condition), func(t *testing.T) {
			x, err := parser.Condition(condition)
			if err != nil {
				if want != "" {
					t.Errorf("%s: %v", condition, err)
				}
				return // a syntax error
			}
			var errs diag.List
			errors.As(b.Check("test", x), &errs)
			if len(errs) != 1 || errs[0].Message != want {
				t.Errorf("%s:\n got %v\nwant %s", condition, errs, want)
				return
			}
			if got := eval.NodesOf(errs[0]).Falco.Range().Start; got != x.Range().Start {
				t.Errorf("%s: the error is at %v", condition, got)
			}
			if want := strings.HasPrefix(want, "source test has no field") || want == "no such type"; isUnknown(errs[0]) != want {
				t.Errorf("%s: Unknown is %v", condition, !want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	type warning struct {
		At   int
		Text string
	}
	b := eval.NewBuilder(testSource())
	for condition, want := range map[string][]warning{
		"t.s = t.other":                {{7, "field"}},
		"t.s = ' t. other'":            {{7, "field"}},
		"t.s in (a, t.other, t.other)": {{8, "field"}, {8, "field"}},
		"t.s = t.key[x]":               {{7, "field"}},
		"t.s = t.key":                  nil, // needs an argument
		"t.s = t.none[x]":              nil,
		"t.s = 'tolower(x)'":           {{7, "transformer"}},
		"t.s = 'val(t.s)'":             {{7, "transformer"}},
		"t.s = 'tolower(x) '":          {{7, "transformer"}},
		"t.s = 'tolower(x)y'":          nil,
		"t.s = 'nosuch(x)'":            nil,
		"t.s regex abc":                {{11, "regex"}},
		"t.s regex '^.*abc.?$'":        nil,
		"t.s regex '.*abc.?'":          {{11, "regex"}},
		"t.s regex '^abc$'":            {{11, "regex"}},
		"t.s regex 'a.c'":              nil,
		"t.s regex ''":                 {{11, "regex"}},
		"t.s regex '.'":                nil,
		"t.s regex anyof (abc, x.y)":   {{17, "regex"}},
		"t.s regex evt.num":            {{11, "field"}},
		"t.s contains abc":             nil,
		"t.s = val(t.other)":           nil,
		"not t.s = t.s or t.s = t.s":   {{11, "field"}, {24, "field"}},
	} {
		t.Run(subtest.Name(condition), func(t *testing.T) {
			x, err := parser.Condition(condition)
			if err != nil {
				t.Fatalf("%s: %v", condition, err)
			}
			if err := b.Check("test", x); err != nil {
				t.Errorf("%s: %v", condition, err)
			}
			var got []warning
			for _, w := range b.Warnings("test", x) {
				kind := "transformer"
				for _, word := range []string{"field", "regex"} {
					if strings.Contains(w.Message, word) {
						kind = word
					}
				}
				got = append(got, warning{eval.NodesOf(w).Falco.Range().Start.Offset + 1, kind})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", condition, diff)
			}
		})
	}
}

// FuzzConstants compares a field of any type with any constant.
func FuzzConstants(f *testing.F) {
	source := fieldsets.NewSource("test", typed{})
	fields, operators := source.Fields(), ast.Operators()
	for i, seed := range []string{"", "1", "-1", "99999999999999999999", "https", "10.0.0.1", "10.0.0.0/8", "fe80::1", "fe80::/10", "7f45", "true", "tolower(x)", "y.list", "[", "\x00"} {
		for j := range fields {
			f.Add(seed, uint8(j), uint8(i+j))
		}
	}
	f.Fuzz(func(t *testing.T, text string, i, j uint8) {
		b := eval.NewBuilder(source)
		field, op := fields[int(i)%len(fields)], operators[int(j)%len(operators)]
		x := &ast.Check{Left: &ast.Field{Name: field.Name}, Op: op.Op, Right: &ast.Value{Text: text}}
		if b.Check("test", x) == nil && op.Op != ast.OpExists && !op.Accepts(field.Type.Kind(), field.List) {
			t.Errorf("%s %s %q compiles", field.Name, op.Op, text)
		}
		b.Warnings("test", x)
	})
}
