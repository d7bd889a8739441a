// Package rulesfile parses Falco rules files into trees with exact positions, and edits
// them. It does not check whether the rules are valid; package loader does.
//
// [Parse] returns a [File] with its documents and items:
//
//	file, errs := rulesfile.Parse("rules.yaml", data)
//	for item := range file.Items() {
//		fmt.Println(item.Kind, item.Get(item.Kind.String()).Text(), item.Range())
//	}
//
// A rules file can be inside another file, such as a ConfigMap. [File.Unwrap] finds it
// and reports ranges in the outer file.
//
// # Edits
//
// Edits change as few bytes as possible: comments, quotes, line breaks and the order of
// keys stay. [Value.Replace] replaces part of a scalar, such as a field in a condition;
// [Value.AddKey], [Pair.Set], [Value.InsertEntry] and others change mappings and lists.
// Each method returns edits, for [diag.Diagnostic.Edits] or for [File.Apply], and leaves
// the File as it is:
//
//	edits, err := file.Documents()[0].Items[0].AddKey("tags", "[network]")
//	data, err = file.Apply(edits)
//
// # Keys
//
// [Kind.Keys] lists the keys that a kind of item can have, with the type of their values
// and whether an override can append to them or replace them. [Kind.Key] looks one up.
package rulesfile
