package config

import (
	"slices"

	"github.com/falcorules/falcorules/internal/routesfile"
	"github.com/falcorules/falcorules/internal/schema"
	"github.com/falcorules/falcorules/serve/kafka"
)

// The tables in this file define the format of our own configuration. The reader reports
// everything that is not in them, and the JSON schema and the table of docs/serving.md are
// generated from them.

// shared are keys that mean the same as in falco.yaml; package falcoconfig reads them.
var shared = []schema.Key{
	{Name: "rules_files", Type: schema.OneOrMore, Doc: "Rules files and folders of them, in load order.", Required: true},
	{Name: "rules", Type: schema.ListOf(anything), Doc: "Rules to enable and disable, by name or tag."},
	{Name: "priority", Type: schema.Text, Doc: "The least urgent priority of rules to run; by default `debug`."},
	{Name: "rule_matching", Type: schema.OneOf("first", "all"), Doc: "Whether an event fires only the `first` rule that it matches, or `all`."},
	{Name: "append_output", Type: schema.ListOf(anything), Doc: "Text and fields to add to the outputs of rules."},
	{Name: "static_fields", Type: schema.MappingOf(schema.AnyScalar), Doc: "Fields with fixed values, such as `static.cluster`."},
	{Name: "watch_config_files", Type: schema.TrueFalse, Doc: "Whether to load the rules again when their files change; by default `true`."},
	{Name: "time_format_iso_8601", Type: schema.TrueFalse, Doc: "Whether alerts as text have the date and the time in UTC."},
	{Name: "json_include_output_property", Type: schema.TrueFalse, Doc: "Whether alerts as JSON have `output`; by default `true`."},
	{Name: "json_include_message_property", Type: schema.TrueFalse, Doc: "Whether alerts as JSON have `message`."},
	{Name: "json_include_output_fields_property", Type: schema.TrueFalse, Doc: "Whether alerts as JSON have `output_fields`; by default `true`."},
	{Name: "json_include_tags_property", Type: schema.TrueFalse, Doc: "Whether alerts as JSON have `tags`; by default `true`."},
}

// anything is a value that package falcoconfig checks.
var anything = schema.ObjectOf(&schema.Object{Name: "an entry", Doc: "An entry as in falco.yaml.", Open: true})

// own are the keys that falco.yaml does not have.
var own = []schema.Key{
	{Name: "webhooks", Type: schema.ListOf(schema.ObjectOf(webhookObject)), Doc: "Where to receive events from API servers."},
	{Name: "follow", Type: schema.ListOf(schema.ObjectOf(followObject)), Doc: "Files to follow as they grow and rotate."},
	{Name: "read", Type: schema.OneOrMore, Doc: "Files to read once, and folders whose files are read in the order of their modification; `-` is standard input."},
	{Name: "kafka", Type: schema.ListOf(schema.ObjectOf(kafkaInputObject)), Doc: "Topics of Apache Kafka whose records are events."},
	{Name: "events_from", Type: schema.OneOf("auto", "eks", "gke", "aks"), Doc: "The cloud provider whose log records can wrap events, in all sources; by default `auto` for any of them."},
	{Name: "outputs", Type: schema.MappingOf(schema.ObjectOf(outputObject)), Doc: "Where alerts go, by a name for each. Without `routes`, every alert goes to all of them."},
	{Name: "routes", Type: routesfile.Type, Doc: "Which alerts go to which outputs. An alert takes the first route that fits."},
	{Name: "queue_size", Type: schema.AnyScalar, Doc: "The memory for alerts that wait for an output, for each; by default `16MiB`."},
	{Name: "state", Type: schema.Text, Doc: "A folder for the positions in followed files and for the journal."},
	{Name: "journal", Type: schema.ObjectOf(journalObject), Doc: "The journal for events from webhooks, in the folder `state`."},
	{Name: "dead_letters", Type: schema.Text, Doc: "A file for alerts that an output will never take."},
	{Name: "operations", Type: schema.Text, Doc: "An address such as `127.0.0.1:8765` for health checks and metrics."},
	{Name: "json_include_id_property", Type: schema.TrueFalse, Doc: "Whether alerts as JSON have `id`, which is the same whenever the same rule fires on the same event."},
	{Name: "log", Type: schema.ObjectOf(logObject), Doc: "The log on standard error."},
}

var configObject = &schema.Object{
	Name: "a configuration", Doc: "Configuration of falcorules serve.",
	Keys: slices.Concat(shared, own),
}

var webhookObject = &schema.Object{
	Name: "a webhook", Doc: "Where API servers send events.",
	Keys: []schema.Key{
		{Name: "url", Type: schema.Text, Required: true, Doc: "The address, such as `https://0.0.0.0:9765/k8s-audit`."},
		{Name: "tls", Type: schema.ObjectOf(serverTLSObject), Doc: "The files for https."},
		{Name: "token_file", Type: schema.Text, Doc: "A file of bearer tokens, one per line. Requests must have one of them."},
		{Name: "max_body_size", Type: schema.AnyScalar, Doc: "The maximum size of a request, after decompression; by default `12MiB`."},
	},
}

var serverTLSObject = &schema.Object{
	Name: "TLS of a webhook", Doc: "PEM files. They are loaded again when they change.",
	Keys: []schema.Key{
		{Name: "cert", Type: schema.Text, Required: true, Doc: "The certificate and its intermediates; without `key`, also the private key."},
		{Name: "key", Type: schema.Text, Doc: "The private key."},
		{Name: "client_ca", Type: schema.Text, Doc: "Certificate authorities. Clients must have a certificate from one of them."},
	},
}

var followObject = &schema.Object{
	Name: "a followed file", Doc: "A file that grows and rotates.",
	Keys: []schema.Key{
		{Name: "path", Type: schema.Text, Required: true, Doc: "The path of the file, which need not exist yet."},
		{Name: "from_start", Type: schema.TrueFalse, Doc: "Whether to read what the file has when it is followed for the first time."},
	},
}

var outputObject = &schema.Object{
	Name: "an output", Doc: "Where alerts go. It has one of these keys.",
	Keys: []schema.Key{
		{Name: "stdout", Type: schema.ObjectOf(stdoutObject), Doc: "Lines on standard output."},
		{Name: "file", Type: schema.ObjectOf(fileObject), Doc: "Lines in a file."},
		{Name: "http", Type: schema.ObjectOf(httpObject), Doc: "A request for each alert, as falcosidekick expects it."},
		{Name: "kafka", Type: schema.ObjectOf(kafkaObject), Doc: "Records in topics of Apache Kafka."},
		{Name: "program", Type: schema.ObjectOf(programObject), Doc: "Lines on the standard input of a program."},
		{Name: "syslog", Type: schema.ObjectOf(stdoutObject), Doc: "Messages to syslog."},
	},
}

var format = schema.Key{Name: "format", Type: schema.OneOf("text", "json"), Doc: "Falco's line of text or its JSON; by default `json`."}

var stdoutObject = &schema.Object{Name: "a format", Doc: "How alerts are written.", Keys: []schema.Key{format}}

var fileObject = &schema.Object{
	Name: "a file", Doc: "A file that alerts are appended to.",
	Keys: []schema.Key{
		{Name: "path", Type: schema.Text, Required: true, Doc: "The path of the file."},
		format,
		{Name: "rotate", Type: schema.AnyScalar, Doc: "The size at which a new file is started, such as `100MiB`; by default never. SIGUSR1 reopens the file for other programs that rotate it."},
		{Name: "keep", Type: schema.Positive, Doc: "How many old files are kept; by default 5."},
	},
}

var httpObject = &schema.Object{
	Name: "an HTTP server", Doc: "A server that takes Falco's JSON.",
	Keys: []schema.Key{
		{Name: "url", Type: schema.Text, Required: true, Doc: "The URL of the requests."},
		{Name: "headers", Type: schema.MappingOf(schema.Text), Doc: "Additional headers."},
		{Name: "token_file", Type: schema.Text, Doc: "A file with a bearer token to send."},
		{Name: "gzip", Type: schema.TrueFalse, Doc: "Whether to compress the requests."},
		{Name: "timeout", Type: schema.AnyScalar, Doc: "The time that a request may take; by default `10s`."},
		{Name: "tls", Type: schema.ObjectOf(clientTLSObject), Doc: "The files for https."},
	},
}

var clientTLSObject = &schema.Object{
	Name: "TLS of an output", Doc: "PEM files.",
	Keys: []schema.Key{
		{Name: "ca", Type: schema.Text, Doc: "Certificate authorities; by default those of the system."},
		{Name: "cert", Type: schema.Text, Doc: "The certificate of the client. It is read again for each connection."},
		{Name: "key", Type: schema.Text, Doc: "Its private key; by default it is in `cert`."},
	},
}

var kafkaObject = &schema.Object{
	Name: "a Kafka output", Doc: "Topics of Apache Kafka, whose records are alerts in Falco's JSON.",
	Keys: slices.Concat(kafkaKeys, []schema.Key{
		{Name: "topic", Type: schema.Text, Required: true, Doc: "The topic, written like the output of a rule, such as `falco-%alert.source`. Characters that are not allowed in names of topics become underscores."},
		{Name: "key", Type: schema.Text, Doc: "The key of the records, written like the output of a rule, such as `%ka.target.namespace`; by default they have none."},
		{Name: "dead_letter_topic", Type: schema.Text, Doc: "A topic for alerts that `topic` rejects, such as alerts that are too large."},
		{Name: "compression", Type: schema.OneOf(kafka.Compressions()...), Doc: "How records are compressed; by default `snappy`."},
		{Name: "timeout", Type: schema.AnyScalar, Doc: "How long to wait for the brokers before an attempt counts as failed; by default `10s`."},
	}),
}

var kafkaInputObject = &schema.Object{
	Name: "Kafka topics", Doc: "Topics of Apache Kafka whose records are events, lists of events, or log records of cloud providers.",
	Keys: slices.Concat(kafkaKeys, []schema.Key{
		{Name: "topics", Type: schema.OneOrMore, Required: true, Doc: "The topics."},
		{Name: "group", Type: schema.Text, Required: true, Doc: "The consumer group. Processes of the same group share the partitions."},
		{Name: "dead_letter_topic", Type: schema.Text, Doc: "A topic for records that have no event."},
	}),
}

// kafkaKeys say how to connect to brokers.
var kafkaKeys = []schema.Key{
	{Name: "brokers", Type: schema.OneOrMore, Required: true, Doc: "Brokers as `HOST:PORT`. One is enough to find the others."},
	{Name: "tls", Type: schema.ObjectOf(clientTLSObject), Doc: "The files for TLS, which can be `{}`; by default there is no TLS."},
	{Name: "sasl", Type: schema.ObjectOf(saslObject), Doc: "How to log in."},
}

var saslObject = &schema.Object{
	Name: "a login", Doc: "How to log in to brokers.",
	Keys: []schema.Key{
		{Name: "mechanism", Type: schema.OneOf(kafka.Mechanisms()...), Required: true, Doc: "The mechanism of SASL."},
		{Name: "user", Type: schema.Text, Required: true, Doc: "The name of the user."},
		{Name: "password_file", Type: schema.Text, Required: true, Doc: "A file with the password. It is read for each connection."},
	},
}

var programObject = &schema.Object{
	Name: "a program", Doc: "A command line for sh.",
	Keys: []schema.Key{
		{Name: "command", Type: schema.Text, Required: true, Doc: "The command line."},
		{Name: "keep_alive", Type: schema.TrueFalse, Doc: "Whether the program gets all alerts, instead of being started for each."},
		format,
	},
}

var journalObject = &schema.Object{
	Name: "a journal", Doc: "A log on disk. Requests are answered as soon as their events are in it.",
	Keys: []schema.Key{
		{Name: "max_size", Type: schema.AnyScalar, Doc: "The maximum size; by default `1GiB`."},
	},
}

var logObject = &schema.Object{
	Name: "a log", Doc: "The log on standard error.",
	Keys: []schema.Key{
		{Name: "level", Type: schema.OneOf("debug", "info", "warn", "error"), Doc: "The least level that is logged; by default `info`."},
		{Name: "format", Type: schema.OneOf("text", "json"), Doc: "The format; by default `text`."},
	},
}

// Keys returns the keys of configurations. A key inside another has the names of both, with a
// dot between them. Routes are left out, because they have a page of their own.
func Keys() []schema.Key { return keysOf("", configObject) }

// keysOf returns the keys of an object and of the objects in it.
func keysOf(prefix string, o *schema.Object) []schema.Key {
	var out []schema.Key
	for _, k := range o.Keys {
		typ, inner := k.Type, prefix+k.Name+"."
		switch {
		case typ == routesfile.Type:
			typ = schema.Text
		case typ.Of != nil && typ.Kind == schema.Mapping:
			typ, inner = typ.Of, inner+"NAME."
		case typ.Of != nil:
			typ = typ.Of
		}
		k.Name = prefix + k.Name
		out = append(out, k)
		if typ.Object != nil {
			out = append(out, keysOf(inner, typ.Object)...)
		}
	}
	return out
}

// Schema returns the JSON schema of configurations, which editors use to complete and check
// them.
func Schema() []byte {
	objects := []*schema.Object{configObject, anything.Object, webhookObject, serverTLSObject, followObject,
		outputObject, stdoutObject, fileObject, httpObject, clientTLSObject, kafkaInputObject, kafkaObject, saslObject, programObject, journalObject, logObject}
	return schema.JSON("Configuration of falcorules serve", append(objects, routesfile.Objects...)...)
}
