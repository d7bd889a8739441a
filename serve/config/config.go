// Package config reads the configuration of falcorules serve: a file in our own format, or
// an existing falco.yaml.
//
//	c, err := config.Read("serve.yaml")
//	...
//	serving, err := c.Build(config.Streams{Stdout: os.Stdout}) // opens files
//	server, err := serve.New(serving)
//
// Read recognizes the format by the keys of the file.
package config

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/falcorules/falcorules/diag"
	"github.com/falcorules/falcorules/falcoconfig"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/fileerr"
	"github.com/falcorules/falcorules/internal/quote"
	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/internal/yamlfile"
	"github.com/falcorules/falcorules/loader"
	"github.com/falcorules/falcorules/route"
	"github.com/falcorules/falcorules/rulesfile"
	"github.com/falcorules/falcorules/serve"
	"github.com/falcorules/falcorules/serve/kafka"
)

// Invalid is the code of errors in configurations.
const Invalid diag.Code = "CONFIG_ERR_INVALID"

// maxFile is the largest size of a configuration in bytes.
const maxFile = 1 << 20

// Config is a configuration. Paths in it are relative to the working directory.
type Config struct {
	Rules    serve.Rules
	Watch    bool
	Webhooks []serve.Webhook
	Follow   []Follow
	Kafka    []Kafka
	// Read are files and folders to read once, and "-" for standard input.
	Read    []string
	Outputs []Output
	// QueueSize and JournalSize are in bytes; 0 means the default.
	QueueSize, JournalSize int64
	// Journal says to use the journal.
	Journal bool
	// State and DeadLetters are the keys with these names.
	State, DeadLetters  string
	Operations          serve.Operations
	LogLevel, LogFormat string
	// Notices are about what has no effect.
	Notices diag.List
}

// Follow is a file to follow.
type Follow struct {
	Path      string
	FromStart bool
}

// Kafka is an input from topics that is not yet open.
type Kafka struct {
	// Source says what is read.
	Source string
	open   func() (*kafka.InputReader, error)
}

// Output is an output that is not yet open.
type Output struct {
	// Name is the name in the configuration, and Target says where the alerts go.
	Name, Target string
	// Templates are the output templates that it uses.
	Templates []rulesfile.Value
	open      func(stdout io.Writer) (serve.Output, error)
}

// Templates returns the templates of all outputs.
func (c *Config) Templates() []rulesfile.Value {
	var out []rulesfile.Value
	for _, o := range c.Outputs {
		out = append(out, o.Templates...)
	}
	return out
}

// Read reads a configuration in either format. The error is a [diag.List].
func Read(name string) (*Config, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, diag.List{{Code: Invalid, Message: "cannot read: " + fileerr.Cause(err).Error(), Range: diag.Range{File: name}}}
	}
	return parse(name, data, func() (*falcoconfig.Config, error) {
		return falcoconfig.Read(name, falcoconfig.Options{Env: func(name string) (string, bool) { return os.Getenv(name), true }})
	})
}

// routesObject has the keys that ReadRoutes reads.
var routesObject = &schema.Object{
	Name: "a configuration with routes", Open: true,
	Keys: []schema.Key{
		{Name: "outputs", Type: configObject.Key("outputs").Type, Required: true},
		{Name: "routes", Type: configObject.Key("routes").Type, Required: true},
	},
}

// ReadRoutes reads only the outputs and the routes of a configuration in our own format,
// which need not have other keys. The error is a [diag.List].
func ReadRoutes(name string) (*Config, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, diag.List{{Code: Invalid, Message: "cannot read: " + fileerr.Cause(err).Error(), Range: diag.Range{File: name}}}
	}
	c := &schema.Checker{File: yamlfile.NewFile(name, data)}
	docs := c.Documents()
	r := &reader{Checker: c, config: new(Config)}
	switch {
	case len(c.Errors) > 0:
	case len(docs) != 1:
		c.Errors = append(c.Errors, c.File.Errorf(nil, "a configuration must be one YAML document"))
	case c.Check(docs[0], schema.ObjectOf(routesObject), routesObject.Name):
		r.outputs(docs[0].Get("outputs"), data)
		r.routes(docs[0].Get("routes"), data)
	}
	return r.result()
}

// result returns the configuration or the errors.
func (r *reader) result() (*Config, error) {
	if len(r.Errors) == 0 {
		return r.config, nil
	}
	r.Errors.Sort()
	for _, d := range r.Errors {
		d.Code = cmp.Or(d.Code, Invalid)
	}
	return nil, r.Errors
}

// readFile reads a file up to the maximum size.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxFile:
		return nil, fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	return data, nil
}

// Parse is like [Read] for the content of a file. It reads no other files and no
// environment variables, even if a falco.yaml refers to them.
func Parse(name string, data []byte) (*Config, error) {
	return parse(name, data, func() (*falcoconfig.Config, error) { return falcoconfig.Parse(name, data, falcoconfig.Options{}) })
}

// parse parses a configuration. It calls readFalco if it is a falco.yaml.
func parse(name string, data []byte, readFalco func() (*falcoconfig.Config, error)) (*Config, error) {
	c := &schema.Checker{File: yamlfile.NewFile(name, data)}
	docs := c.Documents()
	r := &reader{Checker: c, config: &Config{Watch: true}}
	if len(docs) == 1 && docs[0].Kind == yamlfile.Mapping {
		for i := 0; i < len(docs[0].Content); i += 2 {
			r.keys = append(r.keys, docs[0].Content[i])
		}
	}
	switch {
	case len(docs) == 0 && len(c.Errors) == 0:
		c.Errors = append(c.Errors, c.File.Errorf(nil, "the configuration is empty"))
	case len(docs) > 1:
		c.Fail(docs[1], "", "a configuration must be one YAML document")
	case len(docs) == 1 && isMixture(c, docs[0]):
	case len(docs) == 1 && isFalco(docs[0]):
		falco, err := readFalco()
		if err != nil {
			return nil, err
		}
		return fromFalco(falco)
	case len(docs) == 1 && c.Check(docs[0], schema.ObjectOf(configObject), configObject.Name):
		r.read(docs[0], data)
	}
	return r.result()
}

// isFalco reports whether a document is a falco.yaml: whether it has a key that only Falco
// knows.
func isFalco(doc *yamlfile.Node) bool { return firstKey(doc, isFalcoKey) != nil }

// isMixture reports an error if a document has both keys that only Falco knows and keys that
// only we know.
func isMixture(c *schema.Checker, doc *yamlfile.Node) bool {
	ours := firstKey(doc, func(key string) bool { return ownObject.Key(key) != nil })
	falco := firstKey(doc, isFalcoKey)
	if ours == nil || falco == nil {
		return false
	}
	c.Fail(falco, "remove one of them: a configuration is either a falco.yaml or one of falcorules serve",
		"%s is a key of falco.yaml, but %s is not", quote.Name(falco.Value), quote.Name(ours.Value))
	return true
}

// firstKey returns the first key of a document that fits, or nil.
func firstKey(doc *yamlfile.Node, fits func(key string) bool) *yamlfile.Node {
	for i := 0; doc.Kind == yamlfile.Mapping && i < len(doc.Content); i += 2 {
		if fits(doc.Content[i].Value) {
			return doc.Content[i]
		}
	}
	return nil
}

// isFalcoKey reports whether only falco.yaml has a key. Very old ones had outputs.
func isFalcoKey(key string) bool { return falcoconfig.IsKey(key) && configObject.Key(key) == nil }

var (
	ownObject    = &schema.Object{Keys: own}
	sharedObject = &schema.Object{Keys: shared}
)

// reader reads a configuration in our format, which has been checked.
type reader struct {
	*schema.Checker
	config *Config
	// keys are the keys of the document, also those that the check removed because their
	// values are invalid.
	keys []*yamlfile.Node
}

// removed reports whether the check removed one of some keys from the document.
func (r *reader) removed(doc *yamlfile.Node, names ...string) bool {
	return slices.ContainsFunc(r.keys, func(k *yamlfile.Node) bool {
		return slices.Contains(names, k.Value) && doc.Get(k.Value) == nil
	})
}

func (r *reader) read(doc *yamlfile.Node, data []byte) {
	config := r.config
	r.rules(doc, data)
	for _, n := range items(doc.Get("webhooks")) {
		w := serve.Webhook{URL: text(n, "url"), TokenFile: text(n, "token_file"), MaxBodySize: r.size(n.Get("max_body_size"))}
		if t := n.Get("tls"); t != nil {
			w.TLS = serve.TLS{Cert: text(t, "cert"), Key: text(t, "key"), ClientCA: text(t, "client_ca")}
		}
		if err := w.Validate(); err != nil {
			r.Fail(n, "", "%v", err)
		}
		config.Webhooks = append(config.Webhooks, w)
	}
	for _, n := range items(doc.Get("follow")) {
		config.Follow = append(config.Follow, Follow{Path: text(n, "path"), FromStart: flag(n, "from_start", false)})
	}
	for _, n := range items(doc.Get("read")) {
		config.Read = append(config.Read, n.Value)
	}
	groups := map[string]bool{}
	for _, n := range items(doc.Get("kafka")) {
		config.Kafka = append(config.Kafka, r.kafkaInput(n))
		if group := text(n, "group"); groups[group] {
			r.Fail(n.Get("group"), "name all topics in one entry", "group %s is used twice", quote.Name(group))
		} else {
			groups[group] = true
		}
	}
	if len(config.Webhooks)+len(config.Follow)+len(config.Read)+len(config.Kafka) == 0 && !r.removed(doc, "webhooks", "follow", "read", "kafka") {
		r.Fail(doc, "add webhooks, follow, read or kafka", "the configuration has no source of events")
	}
	r.outputs(doc.Get("outputs"), data)
	if len(config.Outputs) == 0 && !r.removed(doc, "outputs") {
		r.Fail(doc, "add, for example, outputs: {stdout: {stdout: {}}}", "the configuration has no output")
	}
	r.routes(doc.Get("routes"), data)
	config.QueueSize = r.size(doc.Get("queue_size"))
	config.State, config.DeadLetters = text(doc, "state"), text(doc, "dead_letters")
	if n := doc.Get("operations"); n != nil {
		config.Operations.Address = n.Value
		if err := config.Operations.Validate(); err != nil {
			r.Fail(n, "", "%v", err)
		}
	}
	if j := doc.Get("journal"); j != nil {
		config.Journal, config.JournalSize = true, r.size(j.Get("max_size"))
		if config.State == "" {
			r.Fail(j, "add the key state", "the journal needs a folder")
		}
	}
	config.LogLevel, config.LogFormat = "info", "text"
	if l := doc.Get("log"); l != nil {
		config.LogLevel, config.LogFormat = cmp.Or(text(l, "level"), "info"), cmp.Or(text(l, "format"), "text")
	}
}

// routes reads the routes.
func (r *reader) routes(n *yamlfile.Node, data []byte) {
	if n == nil {
		return
	}
	var names []string
	for _, o := range r.config.Outputs {
		names = append(names, o.Name)
	}
	r.config.Rules.Routes = routesfile.Routes(r.Checker, n, data, names)
	for _, o := range r.config.Outputs {
		if !slices.ContainsFunc(r.config.Rules.Routes, func(r *route.Route) bool { return slices.Contains(r.To, o.Name) }) {
			r.config.Notices = append(r.config.Notices, &diag.Diagnostic{
				Code: Invalid, Severity: diag.Notice, Range: r.File.Range(n), Message: fmt.Sprintf("no route goes to output %s", quote.Name(o.Name)),
			})
		}
	}
}

// rules reads the keys that falco.yaml has too.
func (r *reader) rules(doc *yamlfile.Node, data []byte) {
	falco, err := falcoconfig.Parse(r.File.Name, data, falcoconfig.Options{NoOutputs: true})
	if err != nil {
		r.Errors = append(r.Errors, diag.Of(err)...)
		return
	}
	// Falco ignores values of the wrong type. Here they are errors.
	for _, w := range falco.Warnings {
		if key := r.keyAt(w.Range.Start); sharedObject.Key(key) != nil {
			w.Severity, w.Code = diag.Error, Invalid
			r.Errors = append(r.Errors, w)
		}
	}
	r.config.Watch = flag(doc, "watch_config_files", true)
	// No plugins are named, because all fields are available.
	for name := range loader.DefaultPluginVersions() {
		falco.Plugins = append(falco.Plugins, falcoconfig.Plugin{Name: falcoconfig.Setting[string]{Value: name}})
	}
	r.config.Rules = falcoRules(falco)
	r.config.Rules.EventsFrom = k8saudit.Wrapper(cmp.Or(text(doc, "events_from"), string(k8saudit.AnyWrapper)))
	r.config.Rules.IncludeID = flag(doc, "json_include_id_property", false)
}

// keyAt returns the key of the document that a position is at or behind.
func (r *reader) keyAt(at diag.Pos) string {
	found := ""
	for _, k := range r.keys {
		if k.Start.Offset <= at.Offset {
			found = k.Value
		}
	}
	return found
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

// text returns the text of a key, or "".
func text(n *yamlfile.Node, key string) string {
	if v := n.Get(key); v != nil {
		return v.Value
	}
	return ""
}

func flag(n *yamlfile.Node, key string, missing bool) bool {
	value := missing
	if v := n.Get(key); v != nil {
		_ = v.Decode(&value) // the format allows booleans only
	}
	return value
}

// units are the units of sizes, longest first.
var units = []struct {
	name  string
	bytes float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// size returns a size in bytes, or 0 if it is missing or invalid.
func (r *reader) size(n *yamlfile.Node) int64 {
	if n == nil {
		return 0
	}
	for _, u := range units {
		digits, ok := strings.CutSuffix(n.Value, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if v *= u.bytes; err == nil && v >= 1 && v < math.MaxInt64/2 {
			return int64(v)
		}
		break
	}
	r.Fail(n, "", "invalid size %s: want a number with B, kB, KiB, MB, MiB, GB or GiB, such as 100MiB", quote.Text(n.Value))
	return 0
}

// Default returns a configuration without rules and sources whose only output is standard
// output.
func Default(json bool) *Config {
	format := serve.Text
	if json {
		format = serve.JSON
	}
	stdout := Output{Name: "stdout", Target: "standard output", open: func(stdout io.Writer) (serve.Output, error) { return serve.Writer(stdout, format), nil }}
	return &Config{Watch: true, Outputs: []Output{stdout}, LogLevel: "info", LogFormat: "text"}
}
