package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/falcorules/falcorules/internal/growth"
)

// fixed returns the positions of all scalars in a text.
func fixed(t *testing.T, text string) string {
	t.Helper()
	var out []string
	var visit func(n *Node)
	visit = func(n *Node) {
		if n.Kind == Scalar {
			out = append(out, fmt.Sprintf("%s %v", n.Value, n.Start))
		}
		for _, child := range n.Content {
			visit(child)
		}
	}
	docs, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		visit(doc)
	}
	return strings.Join(out, ", ")
}

func TestColumns(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"ASCII", "a: b\nc: d\n", "a 1:1, b 1:4, c 2:1, d 2:4"},
		{"wide characters", "{é: Ж, x: 日, y: z}\n", "é 1:2, Ж 1:6, x 1:10, 日 1:13, y 1:18, z 1:21"},
		{"later lines and documents", "é: é\n---\n- é\n- [é, a]\n", "é 1:1, é 1:5, é 3:3, é 4:4, a 4:8"},
		{"line ends", "é: 1\r\né: 2\ré: 3\n", "é 1:1, 1 1:5, é 2:1, 2 2:5, é 3:1, 3 3:5"},
		{"a byte order mark", "\ufeffé: a\n", "é 1:1, a 1:5"},
		{"UTF-16", "\xff\xfe\xe9\x00:\x00 \x00a\x00\n\x00", "é 1:1, a 1:5"},
		{"aliases", "é: &x {é: é}\nb: *x\nc: é\n", "é 1:1, é 1:9, é 1:13, b 2:1, c 3:1, é 3:4"},
		{"tags and anchors", "{é: !e &a b, c: d}\n", "é 1:2, b 1:6, c 1:15, d 1:18"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fixed(t, tt.text); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestColumnsOfOneLine(t *testing.T) {
	growth.Linear(t, 1000, func(n int) {
		text := []byte("[" + strings.Repeat("é,", n) + "]")
		if _, err := Read(text); err != nil {
			t.Fatal(err)
		}
	})
}
