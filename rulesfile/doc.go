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
// The table of keys has, for each kind of item, the keys that it can have, the type of
// their values, and whether they can be appended to or replaced: [Kind.Keys] lists
// them, and [Kind.Key] looks one up.
package rulesfile
