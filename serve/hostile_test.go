package serve_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falcorules/falcorules/serve"
)

// alert is the text of the alert of an event that reads the secret with this name.
func alert(name string) string { return "10:00:00.500000000: Notice ann read " + name + "\n" }

// slow runs a server whose requests have little time, and returns its address.
func slow(t *testing.T, header, request time.Duration) string {
	t.Helper()
	s, err := serve.New(serve.Config{
		Rules: rulesIn(t), Webhooks: []serve.Webhook{{URL: "http://127.0.0.1:0/k8s-audit", MaxBodySize: 20000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.SetReadTimeouts(header, request)
	_, stop := serving(t, s)
	t.Cleanup(stop)
	return s.Addresses()[0]
}

// exchange sends text and returns the answer, or "" if the connection is closed without one.
func exchange(t *testing.T, address, text string, then func(net.Conn)) (status int, answer string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // so that a failure does not hang
	go func() {
		_, _ = io.WriteString(c, text) // the server may close the connection
		if then != nil {
			then(c)
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("no answer: %v", err)
		}
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body) // the answer may be cut off
	return resp.StatusCode, string(body)
}

const requestHead = "POST /k8s-audit HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

// TestRawRequests sends what no HTTP client sends.
func TestRawRequests(t *testing.T) {
	address := slow(t, 200*time.Millisecond, 400*time.Millisecond)
	one := event("1", "a")
	whole := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", requestHead, len(one), one)
	endless := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			for range 10000 {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
			}
		}
	}
	dribble := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			for range 1000 {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
	}
	for _, test := range []struct {
		name, text string
		then       func(net.Conn)
		status     int // 0 if the connection is closed without an answer
	}{
		{"slow headers", "POST /k8s-audit HTTP/1.1\r\n", dribble("X: y\r\n"), 0},
		{"no request", "", nil, 0},
		{"slow body", requestHead + "Content-Length: 1000\r\n\r\n", dribble(" "), 408},
		{"missing body", requestHead + "Content-Length: 1000\r\n\r\n", nil, 408},
		{"slow chunks", requestHead + "Transfer-Encoding: chunked\r\n\r\n", dribble("1\r\n \r\n"), 408},
		{"truncated body", requestHead + "Content-Length: 1000\r\n\r\n" + one, func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() }, 400},
		{"truncated chunks", requestHead + "Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n", func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() }, 400},
		{"long header", requestHead + "X: " + strings.Repeat("x", 100000) + "\r\n\r\n", nil, 431},
		{"many headers", requestHead + strings.Repeat("X: y\r\n", 20000) + "\r\n", nil, 431},
		{"endless header", requestHead + "X: ", endless("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 431},
		{"long path", "POST /" + strings.Repeat("x", 100000) + " HTTP/1.1\r\nHost: a\r\n\r\n", nil, 431},
		{"endless chunks", requestHead + "Transfer-Encoding: chunked\r\n\r\n", endless("20\r\n                                \r\n"), 413},
		{"large chunk", requestHead + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", endless("                                "), 413},
		{"invalid chunk size", requestHead + "Transfer-Encoding: chunked\r\n\r\nx\r\n", nil, 400},
		{"chunk size over 64 bits", requestHead + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n", nil, 400},
		{"unknown transfer encoding", requestHead + "Transfer-Encoding: gzip\r\n\r\n", nil, 501},
		{"declared too large", requestHead + "Content-Length: 99999999999\r\n\r\n", nil, 413},
		{"negative length", requestHead + "Content-Length: -1\r\n\r\n", nil, 400},
		{"two lengths", requestHead + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n  ", nil, 400},
		{"no length", requestHead + "\r\n", nil, 400},
		{"no host", "POST /k8s-audit HTTP/1.1\r\n\r\n", nil, 400},
		{"NUL in a header", requestHead + "X: \x00\r\n\r\n", nil, 400},
		{"NUL in the path", "POST /k8s-audit\x00 HTTP/1.1\r\nHost: a\r\n\r\n", nil, 400},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", nil, 400},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", nil, 400},
		{"HTTP/1.0", strings.Replace(whole, "HTTP/1.1", "HTTP/1.0", 1), nil, 200},
		{"absolute URL", strings.Replace(whole, "/k8s-audit", "http://b/k8s-audit", 1), nil, 200},
		{"unknown expectation", requestHead + "Expect: more\r\nContent-Length: 1\r\n\r\n ", nil, 417},
		{"two requests", whole + whole, nil, 200},
		{"unclean path", strings.Replace(whole, "/k8s-audit", "//k8s-audit", 1), nil, 307},
		{"parent folder", strings.Replace(whole, "/k8s-audit", "/x/../k8s-audit", 1), nil, 307},
		{"below the path", strings.Replace(whole, "/k8s-audit", "/k8s-audit/", 1), nil, 404},
		{"escaped slash", strings.Replace(whole, "/k8s-audit", "/k8s-audit%2f", 1), nil, 404},
		{"other case", strings.Replace(whole, "/k8s-audit", "/K8s-audit", 1), nil, 404},
		{"GET", strings.Replace(whole, "POST", "GET", 1), nil, 405},
		{"PUT", strings.Replace(whole, "POST", "PUT", 1), nil, 405},
		{"unknown method", strings.Replace(whole, "POST", "post", 1), nil, 405},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, answer := exchange(t, address, test.text, test.then)
			if status != test.status {
				t.Errorf("got %d %q, want %d", status, answer, test.status)
			}
			if status, answer := exchange(t, address, whole, nil); status != 200 {
				t.Errorf("afterwards a good request gets %d %q", status, answer)
			}
		})
	}
}

// TestSlowSenders checks that senders who announce more than they send do not take the
// memory that others need.
func TestSlowSenders(t *testing.T) {
	url := start(t, serve.Config{})
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/k8s-audit")
	for i := range 100 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		size := fmt.Sprintf("Content-Length: %d\r\n\r\n", serve.DefaultMaxBodySize)
		if i%2 == 0 {
			size = "Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n"
		}
		if _, err := io.WriteString(c, requestHead+size); err != nil {
			t.Fatal(err)
		}
	}
	if status, answer := post(t, url, event("1", "a")); status != 200 {
		t.Errorf("got %d %s", status, answer)
	}
}

// TestHostileBodies checks that the events that can be read are not lost, and that a sender
// learns if none can.
func TestHostileBodies(t *testing.T) {
	one, two, ab := event("1", "a"), event("2", "b"), alert("a")+alert("b")
	deep := func(depth int) string {
		return strings.Replace(event("3", "c"), "{", `{"requestObject":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+`,`, 1)
	}
	var zipped strings.Builder
	z := gzip.NewWriter(&zipped)
	blank := strings.Repeat(" ", 1<<20)
	for range 64 {
		_, _ = io.WriteString(z, blank) // a builder takes everything
	}
	_ = z.Close()
	gzipped := []string{"Content-Encoding", "gzip"}
	for _, test := range []struct {
		name, body     string
		header         []string
		status         int
		answer, alerts string
	}{
		{"truncated list", strings.TrimSuffix(list(one, two, event("3", "c")), `"}]}`), nil, 200, "", ab},
		{"truncated event", one[:len(one)-2], nil, 400, "not JSON", ""},
		{"concatenated", one + two, nil, 200, "", ab},
		{"concatenated lists", list(one) + list(two), nil, 200, "", ab},
		{"a line each", one + "\n" + two + "\n", nil, 200, "", ab},
		{"text after the event", one + "x", nil, 200, "", alert("a")},
		{"NUL after the event", one + "\x00", nil, 200, "", alert("a")},
		{"NUL bytes", strings.Repeat("\x00", 1000), nil, 400, "not JSON", ""},
		{"NUL in a name", strings.Replace(one, `"name":"a"`, `"name":"a\u0000b"`, 1), nil, 200, "", alert("a")},
		{"byte order mark", "\xef\xbb\xbf" + one, nil, 400, "not JSON", ""},
		{"invalid UTF-8", strings.Replace(one, `"name":"a"`, "\"name\":\"a\xff\"", 1), nil, 200, "", alert("a\ufffd")},
		{"lone surrogate", strings.Replace(one, `"name":"a"`, `"name":"\ud800"`, 1), nil, 200, "", alert(`\\ud800`)},
		{"UTF-16", "{\x00\"\x00}\x00", nil, 400, "not JSON", ""},
		{"number out of range", strings.Replace(one, "{", `{"x":1e999999999,`, 1), nil, 200, "", alert("a")},
		{"key twice", strings.Replace(one, "{", `{"verb":"get",`, 1), nil, 200, "", alert("a")},
		{"deep", deep(290), nil, 200, "", alert("c")},
		{"too deep", deep(5000), nil, 400, "nested more than 300 levels", ""},
		{"too deep in a list", list(one, deep(5000), two), nil, 200, "", ab},
		{"deeper than anything", strings.Repeat("[", 1<<20), nil, 400, "nested more than 300 levels", ""},
		{"items is no list", `{"kind":"EventList","items":{}}`, nil, 400, "not an audit event", ""},
		{"items of other types", list("1", `"x"`, "null", "[]", one), nil, 200, "", alert("a")},
		{"no stageTimestamp", list(`{"kind":"Event"}`), nil, 400, "no stageTimestamp", ""},
		{"many invalid events", list(strings.Repeat("{},", 500000) + one), nil, 200, "", alert("a")},
		{"many broken lines", one + strings.Repeat("\n[}", 20000), nil, 200, "", alert("a")},
		{"too large in a list", list(one, event("3", strings.Repeat("c", 300000)), two), nil, 200, "", ab},
		{"too large", event("3", strings.Repeat("c", 300000)), nil, 200, "", ""},
		{"list of one too large", list(event("3", strings.Repeat("c", 300000))), nil, 200, "", ""},
		{"gzip bomb", zipped.String(), gzipped, 413, "exceeds the limit", ""},
		{"gzip in gzip", zip(zip(one)), gzipped, 400, "not JSON", ""},
		{"gzip without the header", zip(one), nil, 400, "not JSON", ""},
		{"truncated gzip", zip(one)[:100], gzipped, 400, "unexpected EOF", ""},
		{"damaged gzip", zip(one)[:len(zip(one))-8] + "12345678", gzipped, 400, "invalid checksum", ""},
		{"gzip members", zip(one[:50]) + zip(one[50:]), gzipped, 200, "", alert("a")},
		{"text after gzip", zip(one) + "x", gzipped, 400, "EOF", ""},
		{"empty gzip", "", gzipped, 400, "invalid gzip", ""},
		{"gzip in capitals", zip(one), []string{"Content-Encoding", "GZIP"}, 200, "", alert("a")},
		{"identity", one, []string{"Content-Encoding", "identity"}, 200, "", alert("a")},
		{"other encoding", one, []string{"Content-Encoding", "br"}, 415, `unsupported Content-Encoding "br": want gzip or none`, ""},
		{"two encodings", one, []string{"Content-Encoding", "gzip, gzip"}, 415, "unsupported", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := new(output)
			url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}})
			status, answer := post(t, url, test.body, test.header...)
			if status != test.status || !strings.Contains(answer, test.answer) {
				t.Errorf("got %d %.200q, want %d %q", status, answer, test.status, test.answer)
			}
			if got := out.texts(); got != test.alerts {
				t.Errorf("got alerts\n%.1000swant\n%s", got, test.alerts)
			}
		})
	}
}

// TestManyEvents sends a body with as many events as it can have, all of which have alerts.
func TestManyEvents(t *testing.T) {
	out := new(output)
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}, QueueSize: 1})
	const tiny = `{"auditID":"1","verb":"get","objectRef":{"resource":"secrets"},"stageTimestamp":"2026-03-01T10:00:00Z"}`
	const n = 20000
	status, answer := post(t, url, list(strings.Repeat(tiny+",", n-1)+tiny))
	if got := strings.Count(out.texts(), "\n"); status != 200 || got != n {
		t.Errorf("got %d %s and %d alerts", status, answer, got)
	}
}

func TestExpectContinue(t *testing.T) {
	url := start(t, serve.Config{})
	for _, test := range []struct {
		method    string
		status    int
		continues bool
	}{{"POST", 200, true}, {"PUT", 405, false}} {
		t.Run(test.method, func(t *testing.T) {
			continued := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continued = true }})
			req, err := http.NewRequestWithContext(ctx, test.method, url, strings.NewReader(event("1", "a")))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Expect", "100-continue")
			client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != test.status || continued != test.continues {
				t.Errorf("got %s, continued %v", resp.Status, continued)
			}
		})
	}
}

// TestTLSPort checks HTTP/2 on an https port, and what is not TLS.
func TestTLSPort(t *testing.T) {
	cert := filepath.Join(t.TempDir(), "cert.pem")
	ca := newAuthority(t)
	ca.issue(t, "server", cert, cert)
	url := start(t, serve.Config{Webhooks: []serve.Webhook{{URL: "https://127.0.0.1:0/k8s-audit", TLS: serve.TLS{Cert: cert}}}})
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/k8s-audit")
	for name, text := range map[string]string{
		"garbage": strings.Repeat("\x00\xff", 1000), "unfinished": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"http": requestHead + "\r\n", "huge record": "\x16\x03\x01\xff\xff" + strings.Repeat("x", 70000),
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := exchange(t, address, text, func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() })
			if name == "http" && status != 400 || name != "http" && status != 0 {
				t.Errorf("got %d %q", status, answer)
			}
		})
	}
	client := ca.client()
	client.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	defer client.CloseIdleConnections()
	resp, err := client.Post("https://"+address+"/k8s-audit", "application/json", strings.NewReader(event("1", "a")))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("got %s %s", resp.Proto, resp.Status)
	}
	if _, err := tls.Dial("tcp", address, &tls.Config{MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

// TestClientGone checks that an alert is written even if the sender does not wait for the
// answer.
func TestClientGone(t *testing.T) {
	out, writing, unblock := blocked()
	url := start(t, serve.Config{Outputs: map[string]serve.Output{"out": out}})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(event("1", "a")))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
			_, err = http.DefaultClient.Do(req)
		}
		gone <- err
	}()
	<-writing
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(unblock)
	if status, answer := post(t, url, event("2", "b")); status != 200 {
		t.Errorf("got %d %s", status, answer)
	}
	if got := out.texts(); got != alert("a")+alert("b") {
		t.Errorf("got %q", got)
	}
}
