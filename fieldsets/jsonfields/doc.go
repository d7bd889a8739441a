// Package jsonfields has the fields json.* and jevt.*, which read any value of
// an event that is a JSON document, and the reader of such documents.
//
// A [Document] is a text and an index of its values, made in one pass. A [Node]
// is a place in it: the document, a member of an object, an element of an
// array, or nothing at all; asking nothing for a member gives nothing again, so
// that a path is followed without asking at each step whether it goes on.
//
// The field set of [New] serves every event whose data offers its document as
// [Data] says. A source of your own needs no more than that:
//
//	source := fieldsets.NewSource("my_source", myFields, jsonfields.New())
//
// # What counts as JSON
//
// The plugins of Falco read JSON with the library fastjson, so this reader
// accepts and refuses what that does, which is more than the standard allows:
// any run of the characters 0123456789.+-eE is a number, and so are NaN and Inf
// in any letter case and with a sign; text may hold control characters, bytes
// that are not UTF-8 and escapes that mean nothing; an object may have a member
// twice, and the first one counts. More than 300 levels are refused.
//
// It is a reader of its own because fastjson undoes the escapes of a text in
// place when the text is first asked for. Its print of an object therefore
// depends on what was read before, while a rule must see the text as it came;
// and reading would change the event, which [fieldsets.Extractor] forbids.
// Here reading changes nothing and needs no memory beyond the index, which the
// next document uses again.
package jsonfields
