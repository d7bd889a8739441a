// Package fieldsfile reads fields files, which define event sources and their fields, so
// that rules for a plugin that is not built in can be checked.
//
//	definitions, err := fieldsfile.Parse(file, "edr.yaml")
//	…
//	sources, _ := fieldsfile.Extend(all.Sources(), definitions...)
//
// A fields file is either the output of Falco with the plugin loaded
//
//	falco --list --format json > fields.json
//
// (or of falcorules fields -o json), or YAML with a document or a list item for each
// source:
//
//	source: edr                     # the source key of rules
//	plugin: edr                     # the plugin that provides the events; optional
//	fields:
//	  edr.host: text
//	  edr.score: number
//	  edr.groups: list of text
//	  edr.header[key]: text         # needs a key: edr.header[accept]
//	  edr.hash([index]): text       # takes an optional index: edr.hash[0]
//	  edr.since:
//	    type: duration
//	    desc: Age of the process in nanoseconds.
//
// The argument in brackets is key, index or index|key; parentheses make it optional. The
// types are
//
//	text       CHARBUF    number    UINT64     bool       BOOL
//	path       FSPATH     integer   INT64      address    IPADDR
//	bytes      BYTEBUF    float     DOUBLE     network    IPNET
//	time       ABSTIME    duration  RELTIME    port       PORT
//
// and all of Falco's types by their own names. Times are nanoseconds since 1970,
// durations are nanoseconds.
//
// A file can repeat a field but must not define it differently. A definition that
// differs from a field of an existing source replaces that field; see [Extend].
//
// Fields from a file have no values except in fixtures. The evt fields of all sources,
// and the json fields of plugins, need not be in the file.
package fieldsfile
