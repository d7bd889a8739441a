// Package jsonfields provides the fields json.* and jevt.*, which read any value of an
// event that is a JSON document, and a parser for such documents.
//
//	source := fieldsets.NewSource("my_source", myFields, jsonfields.New())
//
// The Data of the source's events must implement [Data]. A [*Document] does: it is a
// parsed JSON text. A [Node] is a value in it, or a missing value. Members of missing
// values are missing too, so a path can be followed without checking each step.
//
// # JSON syntax
//
// Falco's plugins use the parser fastjson. This package accepts and rejects the same
// documents, which is more than standard JSON: any sequence of the characters
// 0123456789.+-eE is a number, as are NaN and Inf in any letter case and with a sign;
// strings can have control characters, invalid UTF-8 and unknown escapes; for duplicate
// keys the first member counts. The maximum nesting depth is 300.
//
// fastjson itself cannot be used: it unescapes strings in place when they are first
// read, so the output of an object depends on what was read before, and reading is not
// safe for concurrent use. Here, reading changes nothing, and the index is the only
// memory, which the next document reuses.
package jsonfields
