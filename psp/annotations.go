package psp

import "strings"

// annotation is the value of an annotation of the pod.
func (v view) annotation(key string) field {
	return v.at("/metadata/annotations/" + strings.ReplaceAll(key, "/", "~1"))
}

// annotated holds for a container with an annotation whose key ends in its name.
// Keys with names in them are looked for in the JSON text of all annotations.
func (c container) annotated(prefix string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":"`)
}

// annotatedAs holds for a container with such an annotation of that value.
func (c container) annotatedAs(prefix, value string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":`+jsonText(value))
}

// annotatedFrom holds for a container with such an annotation that begins so.
func (c container) annotatedFrom(prefix, start string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":"`+jsonInner(start))
}
