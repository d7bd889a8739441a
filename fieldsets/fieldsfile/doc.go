// Package fieldsfile reads event sources and their fields from files, so that
// rules of a plugin that this project does not know can be checked.
//
// A file has one of two forms. One is what Falco prints with the plugin loaded:
//
//	falco --list --format json > fields.json
//
// of which other keys than Falco's are refused, but for those of falcorules fields
// -o json. The other is YAML to be written by hand, a document or an item of a list
// for each source:
//
//	source: edr                     # what rules give as their source
//	plugin: edr                     # who brings the events; may be left out
//	fields:
//	  edr.host: text
//	  edr.score: number
//	  edr.groups: list of text
//	  edr.header[key]: text         # needs a name: edr.header[accept]
//	  edr.hash([index]): text       # takes a number or nothing: edr.hash[0]
//	  edr.since:
//	    type: duration
//	    desc: How long the process runs, in nanoseconds.
//
// The argument in brackets is key, index or index|key; parentheses around the
// brackets say that it may be left out. The types are
//
//	text       CHARBUF    number    UINT64     bool       BOOL
//	path       FSPATH     integer   INT64      address    IPADDR
//	bytes      BYTEBUF    float     DOUBLE     network    IPNET
//	time       ABSTIME    duration  RELTIME    port       PORT
//
// with Falco's names of them, and of all other types, behind or in place of ours.
// Times and durations are whole nanoseconds, times since 1970.
//
// A field may stand in a file twice, but not as two things: one author wrote the
// file, and neither can be picked. A field that differs from one that the source
// has already replaces it, see [Extend].
//
// A source that is known by its fields alone has events only in tests: no event
// has a value for a field from a file. The evt fields that every source has, and
// json.*, which every source of a plugin has, need not stand in the file.
package fieldsfile
