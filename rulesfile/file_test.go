package rulesfile_test

import (
	"fmt"
	"testing"

	"github.com/falcorules/falcorules/rulesfile"
)

func ExampleParse() {
	data := []byte("- list: shells\n  items: [bash, sh]\n\n- macro: shell\n  condition: proc.name in (shells)\n")
	file, errs := rulesfile.Parse("rules.yaml", data)
	for item := range file.Items() {
		fmt.Println(item.Kind, item.Get(item.Kind.String()).Text(), item.Range())
		for p := range item.Pairs() {
			fmt.Println("  ", p.Key.Text(), p.Value.Range())
		}
	}
	fmt.Println(errs.Err())
	// Output:
	// list shells rules.yaml:1:3
	//    list rules.yaml:1:9
	//    items rules.yaml:2:10
	// macro shell rules.yaml:4:3
	//    macro rules.yaml:4:10
	//    condition rules.yaml:5:14
	// <nil>
}

func ExampleFile_Unwrap() {
	data := []byte("kind: ConfigMap\ndata:\n  rules.yaml: |\n    - macro: m\n      condition: proc.name = x\n")
	file, _ := rulesfile.Parse("configmap.yaml", data)
	unwrapped, _ := file.Unwrap()
	for _, inner := range unwrapped.Files {
		for item := range inner.Items() {
			fmt.Println(inner.Name(), item.Range())
		}
	}
	// Output: configmap.yaml#rules.yaml configmap.yaml:4:7
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "- rule: [x\n", "x.yaml:2:1: the [ on line 1, column 9 is not closed"},
		{"aliases", "- &a [*a]\n", "x.yaml:1:7: alias of a value that contains it"},
		{"size", string(make([]byte, rulesfile.MaxSize+1)), "x.yaml: the file has more than 16777216 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, errs := rulesfile.Parse("x.yaml", []byte(test.text))
			if got := errs.Error(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if len(file.Documents()) > 0 {
				t.Errorf("got %d documents", len(file.Documents()))
			}
		})
	}
}
