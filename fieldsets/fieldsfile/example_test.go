package fieldsfile_test

import (
	"fmt"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/fieldsfile"
)

func Example() {
	sources, err := fieldsfile.Read(strings.NewReader(`
source: edr
fields:
  edr.host: text
  edr.header[key]: text
`), "edr.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	source := sources[0]
	for _, ref := range []*ast.Field{
		{Name: "edr.header", Arg: &ast.Arg{Text: "accept"}},
		{Name: "edr.hots"},
	} {
		f, _, err := source.Resolve(ref)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(f.Name, f.Type)
	}
	// Output:
	// edr.header CHARBUF
	// source edr has no field edr.hots
}
