package syscall_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/eval"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/fixture"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
	"github.com/falcorules/falcorules/fieldsets/syscall"
	"github.com/falcorules/falcorules/parser"
)

// socket prints what is known of the two sides of a socket.
func socket(t *testing.T, source *fixture.Source, event string) string {
	t.Helper()
	ev := decode(t, source, event)
	var parts []string
	for _, side := range []string{"c", "s", "l", "r"} {
		parts = append(parts, side+"="+read(t, source, ev, "fd."+side+"ip")+" "+read(t, source, ev, "fd."+side+"port"))
	}
	return strings.NewReplacer("none none", "-", "none", "-").Replace(
		read(t, source, ev, "fd.type") + " " + read(t, source, ev, "fd.typechar") + " " + read(t, source, ev, "fd.sockfamily") +
			" server=" + read(t, source, ev, "fd.is_server") + " " + strings.Join(parts, " "))
}

// TestSocketNames derives what the name of a socket says, in all forms that Falco
// prints.
func TestSocketNames(t *testing.T) {
	source := syscall.NewFixtures()
	for _, test := range []struct{ name, fd, evt, want string }{
		{"IPv4", `"name": "10.0.0.1:4000->10.0.0.2:443"`, "connect", "ipv4 4 ip server=false c=10.0.0.1 4000 s=10.0.0.2 443 l=10.0.0.1 4000 r=10.0.0.2 443"},
		{"IPv4 with its type", `"name": "10.0.0.1:4000->10.0.0.2:443", "type": "ipv4"`, "sendto", "ipv4 4 ip server=false c=10.0.0.1 4000 s=10.0.0.2 443 l=10.0.0.1 4000 r=10.0.0.2 443"},
		{"IPv6", `"name": "fe80::1:38079->2001:db8::1:8080"`, "connect", "ipv6 6 ip server=false c=fe80::1 38079 s=2001:db8::1 8080 l=fe80::1 38079 r=2001:db8::1 8080"},
		{"IPv6 in full", `"name": "2600:1f18:262c:6542:9aa6:df7a:9a47:d29e:40251->2001:4860:4860::8888:53"`, "connect", "ipv6 6 ip server=false c=2600:1f18:262c:6542:9aa6:df7a:9a47:d29e 40251 s=2001:4860:4860::8888 53 l=2600:1f18:262c:6542:9aa6:df7a:9a47:d29e 40251 r=2001:4860:4860::8888 53"},
		{"IPv6 in brackets", `"name": "[::1]:4000->[2001:db8::1]:80"`, "connect", "ipv6 6 ip server=false c=::1 4000 s=2001:db8::1 80 l=::1 4000 r=2001:db8::1 80"},
		{"IPv4 in IPv6", `"name": "::ffff:10.0.0.1:4000->::ffff:10.0.0.2:80"`, "connect", "ipv6 6 ip server=false c=::ffff:10.0.0.1 4000 s=::ffff:10.0.0.2 80 l=::ffff:10.0.0.1 4000 r=::ffff:10.0.0.2 80"},
		{"loopback", `"name": "127.0.0.1:33060->127.0.0.1:9000"`, "accept4", "ipv4 4 ip server=true c=127.0.0.1 33060 s=127.0.0.1 9000 l=127.0.0.1 33060 r=127.0.0.1 9000"},
		{"server", `"name": "0.0.0.0:80"`, "bind", "ipv4 4 ip server=true c=- s=0.0.0.0 80 l=- r=-"},
		{"IPv6 server", `"name": ":::80"`, "listen", "ipv6 6 ip server=true c=- s=:: 80 l=- r=-"},
		{"IPv6 server in brackets", `"name": "[::]:80"`, "listen", "ipv6 6 ip server=true c=- s=:: 80 l=- r=-"},
		{"IPv6 loopback server", `"name": "::1:8080"`, "bind", "ipv6 6 ip server=true c=- s=::1 8080 l=- r=-"},
		{"port zero", `"name": "10.0.2.15:1->128.32.41.1:0"`, "sendmsg", "ipv4 4 ip server=false c=10.0.2.15 1 s=128.32.41.1 0 l=10.0.2.15 1 r=128.32.41.1 0"},
		{"names of services", `"name": "10.0.0.1:4000->10.0.0.2:https"`, "connect", "ipv4 4 ip server=false c=10.0.0.1 4000 s=10.0.0.2 443 l=10.0.0.1 4000 r=10.0.0.2 443"},
		{"no ports", `"name": "10.0.0.1->10.0.0.2"`, "connect", "ipv4 4 ip server=false c=10.0.0.1 - s=10.0.0.2 - l=10.0.0.1 - r=10.0.0.2 -"},
		{"no IPv6 ports", `"name": "fe80::1->2001:db8::1"`, "connect", "ipv6 6 ip server=false c=fe80::1 - s=2001:db8::1 - l=fe80::1 - r=2001:db8::1 -"},
		{"no server's port", `"name": "2001:db8::1"`, "bind", "ipv6 6 ip server=true c=- s=2001:db8::1 - l=- r=-"},
		{"accepted", `"name": "8.8.8.8:6624->192.168.1.20:443"`, "accept4", "ipv4 4 ip server=true c=8.8.8.8 6624 s=192.168.1.20 443 l=192.168.1.20 443 r=8.8.8.8 6624"},
		{"of a server", `"name": "8.8.8.8:6624->192.168.1.20:443", "is_server": true`, "read", "ipv4 4 ip server=true c=8.8.8.8 6624 s=192.168.1.20 443 l=192.168.1.20 443 r=8.8.8.8 6624"},
		{"local side given", `"name": "8.8.8.8:6624->192.168.1.20:443", "lip": "192.168.1.20"`, "read", "ipv4 4 ip server=true c=8.8.8.8 6624 s=192.168.1.20 443 l=192.168.1.20 443 r=8.8.8.8 6624"},
		{"remote port given", `"name": "8.8.8.8:6624->192.168.1.20:443", "rport": 6624`, "read", "ipv4 4 ip server=true c=8.8.8.8 6624 s=192.168.1.20 443 l=192.168.1.20 443 r=8.8.8.8 6624"},
		{"sides given", `"type": "ipv4", "cip": "10.0.0.1", "cport": 4000, "sip": "10.0.0.2", "sport": 443`, "connect", "ipv4 4 ip server=- c=10.0.0.1 4000 s=10.0.0.2 443 l=10.0.0.1 4000 r=10.0.0.2 443"},
		{"server alone given", `"type": "ipv4", "sip": "10.0.0.2", "sport": 443`, "connect", "ipv4 4 ip server=- c=- s=10.0.0.2 443 l=- r=-"},
		{"Unix", `"name": "9c758d0f->9c758d0a /var/run/docker.sock"`, "connect", "unix u unix server=- c=- s=- l=- r=-"},
		{"Unix without path", `"name": "ffff888000000000->0"`, "connect", "unix u unix server=- c=- s=- l=- r=-"},
		{"file", `"name": "/etc/passwd"`, "open", "- - server=- c=- s=- l=- r=-"},
		{"file with a type", `"name": "10.0.0.1:80", "type": "file"`, "open", "file f - server=- c=- s=- l=- r=-"},
		{"no name", `"name": "", "type": "ipv4"`, "connect", "ipv4 4 ip server=- c=- s=- l=- r=-"},
		{"two families", `"name": "10.0.0.1:1->::1:2"`, "connect", "- - server=- c=- s=- l=- r=-"},
		{"no port number", `"name": "10.0.0.1:99999->10.0.0.2:1"`, "connect", "- - server=- c=- s=- l=- r=-"},
		{"half a pair", `"name": "10.0.0.1:1->"`, "connect", "- - server=- c=- s=- l=- r=-"},
		{"pipe", `"name": "pipe:[1234]", "type": "pipe"`, "read", "pipe p - server=- c=- s=- l=- r=-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := socket(t, source, fmt.Sprintf(`{"evt": {"type": %q}, "fd": {%s}}`, test.evt, test.fd)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestSocketNameConditions compares addresses, networks and ports of sockets that are
// known by name.
func TestSocketNameConditions(t *testing.T) {
	source := syscall.NewFixtures()
	for event, want := range map[string]map[string]bool{
		`{"fd": {"name": "127.0.0.1:33060->127.0.0.1:9000", "type": "ipv4", "l4proto": "udp"}}`: {
			`fd.net = "127.0.0.0/8"`: true, "fd.net != 127.0.0.0/8": false, "fd.ip = 127.0.0.1": true, "fd.ip = 0.0.0.0": false, "fd.port in (53, 9000)": true,
			"fd.port = 33060": true, "fd.port = 0": false, "fd.proto = 9000": true, "fd.cnet = 127.0.0.0/8": true, "fd.snet in (127.0.0.0/8)": true,
			"fd.lnet = 127.0.0.0/8": true, "fd.rnet = 127.0.0.0/8": true, `fd.sip.name != "x"`: true, `fd.rproto = "9000"`: true,
		},
		`{"fd": {"name": "fe80::1:4000->2001:db8::1:53"}}`: {
			"fd.net = fe80::/10": true, "fd.net in (2001:db8::/32)": true, "fd.ip = ::": false, "fd.port = 53": true, "fd.typechar = 6": true, "fd.sockfamily = ip": true,
		},
		`{"fd": {"name": "0.0.0.0:22"}}`: {
			"fd.ip = 0.0.0.0": true, "fd.port = 22": true, "fd.is_server = true": true, "fd.cip exists": false, "fd.port != 0": true, "fd.rip exists": false,
		},
		`{"fd": {"name": "/10.0.0.1:80"}}`: {"fd.ip exists": false, "fd.port exists": false, "fd.sip.name exists": false, "fd.type exists": false},
	} {
		ev := decode(t, source, event)
		b := eval.NewBuilder(source.Source)
		output, err := b.CompileOutput("syscall", "x")
		if err != nil {
			t.Fatal(err)
		}
		for condition := range want {
			x, err := parser.Condition(condition)
			if err == nil {
				err = b.Add(&eval.Rule{Name: condition, Source: "syscall", Condition: x, Output: output})
			}
			if err != nil {
				t.Fatalf("%s: %v", condition, err)
			}
		}
		got := map[string]bool{}
		for _, m := range b.Engine().NewMatcher(eval.AllMatches).Match(ev) {
			got[m.Rule.Name] = true
		}
		for condition, holds := range want {
			if got[condition] != holds {
				t.Errorf("%s: %s is %v", event, condition, got[condition])
			}
		}
	}
}

// TestSocketConflicts finds what contradicts the name of a socket.
func TestSocketConflicts(t *testing.T) {
	for _, test := range []struct {
		name, fd string
		want     string // the fields
	}{
		{"the same", `"type": "ipv4", "cip": "10.0.0.1", "cport": 1, "sip": "10.0.0.2", "sport": 2, "lip": "10.0.0.1", "lport": 1, "rip": "10.0.0.2", "rport": 2, "is_server": false`, ""},
		{"the other direction", `"lip": "10.0.0.2", "rip": "10.0.0.1", "lport": 2, "rport": 1, "is_server": true`, ""},
		{"both of one machine", `"lip": "10.0.0.1", "is_server": true`, ""},
		{"client", `"cip": "10.0.0.3"`, "fd.cip"},
		{"client's port", `"cport": 3`, "fd.cport"},
		{"server", `"sip": "10.0.0.3", "sport": 5`, "fd.sip fd.sport"},
		{"all sides", `"type": "ipv4", "cip": "10.0.0.1", "cport": 1, "sip": "10.0.0.3", "sport": 2`, "fd.sip"},
		{"local", `"lip": "10.0.0.3"`, "fd.lip"},
		{"remote port", `"rport": 7`, "fd.rport"},
		{"two directions", `"lip": "10.0.0.1", "rip": "10.0.0.1"`, "fd.rip"},
		{"network", `"snet": "10.0.0.3"`, "fd.snet"},
		{"type", `"type": "ipv6"`, "fd.type"},
		{"type of a file", `"type": "file"`, "fd.type"},
		{"family", `"sockfamily": "unix"`, "fd.sockfamily"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conflicts(t, `{"fd": {"name": "10.0.0.1:1->10.0.0.2:2", `+test.fd+`}}`, test.want)
		})
	}
	t.Run("a server that is none", func(t *testing.T) {
		conflicts(t, `{"fd": {"name": "0.0.0.0:80", "is_server": false}}`, "fd.is_server")
	})
	t.Run("a server", func(t *testing.T) {
		conflicts(t, `{"fd": {"name": "0.0.0.0:80", "type": "ipv4", "sip": "0.0.0.0", "sport": 80}}`, "")
	})
	t.Run("a client of a server", func(t *testing.T) {
		conflicts(t, `{"fd": {"name": "0.0.0.0:80", "cip": "10.0.0.1", "cport": 1}}`, "fd.name")
	})
}

// conflicts checks of which fields an event has values that contradict others.
func conflicts(t *testing.T, event, want string) {
	t.Helper()
	var doc jsonfields.Document
	if err := doc.Parse([]byte(event)); err != nil {
		t.Fatal(err)
	}
	d := fixture.NewDecoder(&fieldsets.Stream{}, syscall.NewFixtures())
	if _, err := d.Decode([]byte(event), doc.JSON()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range d.Conflicts() {
		got = append(got, c.Field)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("%s: got %q, want %q", event, got, want)
	}
}
