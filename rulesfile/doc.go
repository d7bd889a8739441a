// Package rulesfile reads Falco rules files as trees with exact positions, without
// judging them. Package loader says what the rules in them mean, and whether Falco
// accepts them.
//
// [Parse] returns a [File] with its documents and items:
//
//	file, errs := rulesfile.Parse("rules.yaml", data)
//	for item := range file.Items() {
//		fmt.Println(item.Kind, item.Get(item.Kind.String()).Text(), item.Range())
//	}
//
// A file can be inside another one, such as a ConfigMap: [File.Unwrap] finds it. Its
// ranges are in the outer file.
//
// # Edits
//
// An edit changes no other bytes than it must: comments, quotes, line breaks and the order
// of keys stay. [Value.Replace] replaces a part of a text, such as a field in a condition;
// [Value.AddKey], [Pair.Set], [Value.InsertEntry] and others change mappings and lists. They
// return edits for diagnostics or for [File.Apply]:
//
//	edits, err := file.Documents()[0].Items[0].AddKey("tags", "[network]")
//	data, err = file.Apply(edits)
//
// # Keys
//
// The table of keys has, for each kind of item, the keys that it can have, the type of
// their values, and whether they can be appended to or replaced: [Kind.Keys] lists
// them, and [Kind.Key] looks one up.
package rulesfile
