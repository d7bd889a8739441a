package psp

import "strings"

// annotation returns the field for an annotation of the pod.
func (v view) annotation(key string) field {
	return v.at("/metadata/annotations/" + strings.ReplaceAll(key, "/", "~1"))
}

// annotated holds if the pod has an annotation whose key is prefix followed by the
// container's name. As the name is only known at run time, this searches the JSON
// text of all annotations.
func (c container) annotated(prefix string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":"`)
}

// annotatedAs holds if the container's annotation has the given value.
func (c container) annotatedAs(prefix, value string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":`+jsonText(value))
}

// annotatedFrom holds if the value of the container's annotation starts with start.
func (c container) annotatedFrom(prefix, start string) expr {
	return c.view.at("/metadata/annotations").containsJoined(`"`+prefix, c.name(), `":"`+jsonInner(start))
}
