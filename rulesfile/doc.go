// Package rulesfile holds what is known about the form of Falco rules files: the
// kinds of items, the keys that each kind has, and what the value of a key is.
//
// [Kind.Keys] lists the keys of a kind, and [Kind.Key] looks one up:
//
//	key, ok := rulesfile.Rule.Key("tags")
//	fmt.Println(ok, key.Type, key.Append, key.Replace) // true list of text true true
package rulesfile
