// Package routesfile reads the routes of a configuration.
package routesfile

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/suggest"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
)

// maxFile is the largest size of a configuration in bytes.
const maxFile = 1 << 20

// Read reads the keys routes and outputs of a configuration, and ignores the others. The
// error is a [diag.List].
func Read(name string) ([]*route.Route, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, unreadable(name, err)
	case len(data) > maxFile:
		return nil, unreadable(name, fmt.Errorf("the file has more than %d bytes", maxFile))
	}
	return Parse(name, data)
}

func unreadable(name string, err error) error {
	return diag.List{{Code: route.Invalid, Message: err.Error(), Range: diag.Range{File: name}}}
}

// configObject has the keys that Parse reads.
var configObject = &schema.Object{
	Name: "a configuration", Open: true,
	Keys: []schema.Key{
		{Name: "outputs", Type: schema.MappingOf(schema.ObjectOf(&schema.Object{Name: "an output", Open: true})), Required: true},
		{Name: "routes", Type: Type, Required: true},
	},
}

// Parse is like [Read] for the content of a file.
func Parse(name string, data []byte) ([]*route.Route, error) {
	c := &schema.Checker{File: yamlfile.NewFile(name, data)}
	docs := c.Documents()
	var routes []*route.Route
	switch {
	case len(c.Errors) > 0:
	case len(docs) != 1:
		c.Errors = append(c.Errors, c.File.Errorf(nil, "a configuration must be one YAML document"))
	case c.Check(docs[0], schema.ObjectOf(configObject), configObject.Name):
		var outputs []string
		for i, n := range docs[0].Get("outputs").Content {
			if i%2 == 0 {
				outputs = append(outputs, n.Value)
			}
		}
		routes = Routes(c, docs[0].Get("routes"), data, outputs)
	}
	if len(c.Errors) == 0 {
		return routes, nil
	}
	c.Errors.Sort()
	for _, d := range c.Errors {
		d.Code = cmp.Or(d.Code, route.Invalid)
	}
	return nil, c.Errors
}

// Routes reads the routes in a list that has been checked. The list is in a file with the
// given content, and the routes can name the given outputs. It reports errors to the checker.
func Routes(c *schema.Checker, list *yamlfile.Node, data []byte, outputs []string) []*route.Route {
	r := &reader{c, outputs}
	values := valuesOf(c.File.Name, data)
	var routes []*route.Route
	for i, n := range list.Content {
		var v rulesfile.Value
		if len(list.Content) == len(values) { // unless invalid routes have been left out
			v = values[i]
		}
		routes = append(routes, r.route(n, v, i))
	}
	if len(c.Errors) == 0 {
		if err := route.Check(routes); err != nil {
			for _, d := range diag.Of(err) {
				d.Line = c.File.Line(d.Range.Start)
				c.Errors = append(c.Errors, d)
			}
		}
	}
	return routes
}

// valuesOf returns the routes in a file with the positions of each character.
func valuesOf(name string, data []byte) []rulesfile.Value {
	file, _ := rulesfile.Parse(name, data)
	docs := file.Documents()
	if len(docs) == 0 {
		return nil
	}
	return slices.Collect(docs[0].Get("routes").Entries())
}

type reader struct {
	*schema.Checker
	outputs []string
}

// route reads a route, which is also v.
func (r *reader) route(n *yamlfile.Node, v rulesfile.Value, i int) *route.Route {
	out := &route.Route{Name: strconv.Itoa(i + 1), At: r.File.Range(n).WithoutEnd()}
	if name := n.Get("name"); name != nil {
		out.Name = name.Value
		out.At = r.File.Range(name)
		if out.Name == "" {
			r.Fail(name, "", "the name of a route is empty")
		}
	}
	if when := n.Get("when"); when != nil {
		out.When = r.text(when, v.Get("when"))
	}
	for _, to := range items(n.Get("to")) {
		switch {
		case !slices.Contains(r.outputs, to.Value):
			r.Fail(to, suggest.Hint(to.Value, slices.Values(r.outputs)), "there is no output %s", quote.Text(to.Value))
		case slices.Contains(out.To, to.Value):
			r.Fail(to, "", "output %s is named twice", quote.Text(to.Value))
		}
		out.To = append(out.To, to.Value)
	}
	out.Drop, out.Continue = flag(n, "drop"), flag(n, "continue")
	redacted := items(n.Get("redact"))
	for i, field := range redacted {
		value := v.Get("redact")
		if value.IsList() && value.Len() == len(redacted) {
			value = slices.Collect(value.Entries())[i]
		}
		out.Redact = append(out.Redact, r.text(field, value))
	}
	if d := n.Get("deduplicate"); d != nil {
		out.Deduplicate = route.Deduplicate{By: r.text(d.Get("by"), v.Get("deduplicate").Get("by")), For: r.Duration(d.Get("for"))}
	}
	if l := n.Get("rate_limit"); l != nil {
		alerts, _ := schema.CountOf(l.Get("alerts"))
		out.RateLimit = route.RateLimit{Alerts: alerts, Per: r.Duration(l.Get("per"))}
	}
	return out
}

func (r *reader) text(n *yamlfile.Node, v rulesfile.Value) rulesfile.Value {
	return Text(r.File.Name, n, v)
}

// Text returns a scalar of a file with the positions of its characters: v, which should be
// the same as n.
func Text(file string, n *yamlfile.Node, v rulesfile.Value) rulesfile.Value {
	if v.IsScalar() && v.Text() == n.Value {
		return v
	}
	// Packages yamlfile and rulesfile read the file differently.
	_, values := rulesfile.Texts(file, n.Value)
	return values[0]
}

// items returns the items of a list, or a single value.
func items(n *yamlfile.Node) []*yamlfile.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yamlfile.Sequence:
		return n.Content
	}
	return []*yamlfile.Node{n}
}

func flag(n *yamlfile.Node, key string) (value bool) {
	if v := n.Get(key); v != nil {
		_ = v.Decode(&value) // the format allows booleans only
	}
	return value
}
