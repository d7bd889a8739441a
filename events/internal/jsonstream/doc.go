// Package jsonstream cuts a stream of bytes into JSON values, one event each,
// whatever way the events were laid out, with their position and within a memory
// bound.
//
// # Layouts
//
// One [Reader] takes, without being told and in any mixture: a value a line;
// values printed over many lines, one after another; a list object, that is an
// object with a top-level member "items" whose value is an array, such as an
// audit EventList; and a top-level array. The elements of lists and arrays are
// handed out one by one and the whole is never held. A value at the top is an
// object or an array; an element may be any JSON value. Blank lines, carriage
// returns at the end of lines, a byte order mark at the start and a comma
// behind a value at the top are passed over.
//
// The reader looks at brackets and strings only. Whether a piece is JSON in
// every detail is its decoder's business, and so are the members of a list
// object beside its items.
//
// # Broken input
//
// What is broken is reported as an [*Error], once, and reading goes on behind
// it. An open value is broken
//
//   - where a line ends within one of its strings, as JSON strings hold no
//     newline;
//   - where a bracket closes one of the other kind, or a backslash stands
//     outside a string;
//   - at the end of a line, where the first byte of the next text cannot follow
//     what came last: behind a complete value only a comma, a colon or a closing
//     bracket can; behind an opening brace or a comma in an object only a quote
//     or a closing bracket; behind a colon, an opening bracket or a comma in an
//     array only the start of a value or a closing bracket;
//   - at the end of the input.
//
// A value that has had one line is also broken if the next line begins with a brace
// in column 1, so that a record cut short costs its own line, wherever it is cut.
//
// Reading restarts at the next line if the value began on the line that broke it. In
// a value of several lines it restarts at the next line with an opening bracket in
// column 1; in a list also at a line that is indented as the broken element was and
// begins with an opening bracket, or at the one with the list's own closing bracket.
//
// In a list, a missing comma is reported and the element behind it is handed out
// all the same; but where that element begins in column 1, the list is taken for
// cut off, and the element for a value at the top.
//
// # Bounds
//
// A value may have as many bytes as the reader's limit says, white space outside
// strings not counted, and eight times as many and 64 KiB with it. A longer one
// is passed over to its end, or to where it breaks, and reported with its size.
// A value may nest [MaxDepth] levels; a deeper one is passed over likewise. The
// reader's memory is bounded by a small multiple of the limit, whatever the
// input.
package jsonstream
