package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
)

// auditLine is an ordinary event of 930 bytes with its newline.
const auditLine = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"4c2b1f8e-3d5a-4b7e-9a51-0c6de1b4a7f3","stage":"ResponseComplete",` +
	`"requestURI":"/api/v1/namespaces/shop/pods/cart-7d9c5b6f4-x2x8q/log?container=cart\u0026follow=true\u0026tailLines=20000","verb":"get",` +
	`"user":{"username":"maria.schneider@example.com","groups":["shop-developers","system:authenticated"]},"sourceIPs":["10.20.113.144"],` +
	`"userAgent":"kubectl/v1.31.2 (linux/amd64) kubernetes/5864a46","objectRef":{"resource":"pods","namespace":"shop","name":"cart-7d9c5b6f4-x2x8q","apiVersion":"v1","subresource":"log"},` +
	`"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-03-24T09:14:03.218745Z","stageTimestamp":"2026-03-24T09:14:07.901332Z",` +
	`"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"developers/shop\" of ClusterRole \"view\" to Group \"shop-developers\""}}` + "\n"

func benchmark(b *testing.B, text []byte, want int) {
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(text), 1<<20)
		n := 0
		for {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != want {
			b.Fatalf("%d values, want %d", n, want)
		}
	}
}

// BenchmarkLines reads 100,000 events, one a line.
func BenchmarkLines(b *testing.B) {
	benchmark(b, bytes.Repeat([]byte(auditLine), 100_000), 100_000)
}

// BenchmarkPretty reads events that are printed over many lines.
func BenchmarkPretty(b *testing.B) {
	var one bytes.Buffer
	if err := json.Indent(&one, []byte(auditLine), "", "    "); err != nil {
		b.Fatal(err)
	}
	benchmark(b, bytes.Repeat(one.Bytes(), 10_000), 10_000)
}

// BenchmarkList reads one list object without a newline.
func BenchmarkList(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[`)
	line := []byte(auditLine[:len(auditLine)-1])
	text.Write(bytes.Repeat(append(line, ','), 9_999))
	text.Write(line)
	text.WriteString("]}\n")
	benchmark(b, text.Bytes(), 10_000)
}

// BenchmarkCopy only reads the lines' bytes.
func BenchmarkCopy(b *testing.B) {
	text := bytes.Repeat([]byte(auditLine), 100_000)
	b.SetBytes(int64(len(text)))
	buf := make([]byte, firstBuffer)
	for b.Loop() {
		for in := bytes.NewReader(text); ; {
			if _, err := in.Read(buf); err != nil {
				break
			}
		}
	}
}
