package jsonfields_test

import (
	"fmt"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// A source whose events are JSON documents needs no other field set.
func Example() {
	source := fieldsets.NewSource("door_log", jsonfields.New())
	_, user, err := source.Resolve(&ast.Field{Name: "json.value", Arg: &ast.Arg{Text: "/user/name"}})
	if err != nil {
		fmt.Println(err)
		return
	}

	var doc jsonfields.Document
	event := fieldsets.Event{Source: source.Name(), Data: &doc}
	var values fieldsets.Values
	for _, line := range []string{
		`{"door": "north", "user": {"name": "ada"}}`,
		`{"door": "south", "user": {"name": "grace"}}`,
	} {
		if err := doc.Parse([]byte(line)); err != nil {
			fmt.Println(err)
			return
		}
		values.Reset()
		user(&event, &values)
		for _, v := range values.All() {
			fmt.Println(v.Text())
		}
	}
	// Output:
	// ada
	// grace
}

func ExampleDocument() {
	var doc jsonfields.Document
	if err := doc.Parse([]byte(`{"verb": "create", "user": {"groups": ["dev", "ops"]}}`)); err != nil {
		fmt.Println(err)
		return
	}
	event := doc.JSON()
	fmt.Println(event.Get("verb").Text())
	fmt.Println(event.Get("user").Text())
	for group := event.At("user", "groups").Index(0); group.Exists(); group = group.Next() {
		fmt.Println(group.Text())
	}
	fmt.Println(event.At("user", "name", "first").Exists())
	// Output:
	// create
	// {"groups":["dev","ops"]}
	// dev
	// ops
	// false
}
