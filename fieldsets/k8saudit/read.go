package k8saudit

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// extract reads a field with a fixed argument from the event root.
type extract func(root jsonfields.Node, out *fieldsets.Values)

// reader reads a field. Once the argument is known, bind returns its extract function.
type reader struct {
	list bool
	arg  fieldsets.ArgKind
	bind func(arg fieldsets.Arg) extract
}

// plain returns a reader for a field with a single value and no argument.
func plain(read extract) reader {
	return reader{bind: func(fieldsets.Arg) extract { return read }}
}

// keyed returns a reader for a field with a single value and a key.
func keyed(read func(root jsonfields.Node, key string, out *fieldsets.Values)) reader {
	return reader{arg: fieldsets.KeyArg, bind: func(arg fieldsets.Arg) extract {
		return func(root jsonfields.Node, out *fieldsets.Values) { read(root, arg.Key, out) }
	}}
}

// indexed returns a reader for a list field with an optional index. Without an index,
// read gets everyElement.
func indexed(read func(root jsonfields.Node, index int, out *fieldsets.Values)) reader {
	return reader{list: true, arg: fieldsets.IndexArg, bind: func(arg fieldsets.Arg) extract {
		index := everyElement
		if arg.Present {
			// As in the plugin, 2^64-1 becomes everyElement, and other numbers from
			// 2^63 become negative and match no element.
			index = int(arg.Index)
		}
		return func(root jsonfields.Node, out *fieldsets.Values) { read(root, index, out) }
	}}
}

const (
	// everyElement is the index that selects all elements of an array.
	everyElement = -1
	// someNodes is the number of nodes that find can return without allocating.
	someNodes = 16
)

// find appends the nodes at path, relative to n, and reports whether the path exists. If
// there is an array on the path, find continues with the element at index, or with each
// element; elements without the rest of the path yield a missing node. A path that ends
// with "" selects the elements of an array.
func find(dst []jsonfields.Node, n jsonfields.Node, index int, path []string) ([]jsonfields.Node, bool) {
	for i, name := range path {
		if n.Kind() == jsonfields.Array {
			if index == everyElement {
				for element := n.Index(0); element.Exists(); element = element.Next() {
					var ok bool
					if dst, ok = find(dst, element, index, path[i:]); !ok {
						dst = append(dst, jsonfields.Node{})
					}
				}
				return dst, true
			}
			n = n.Index(index)
		}
		if name != "" {
			n = n.Get(name)
		}
		if !n.Exists() {
			return dst, false
		}
	}
	return append(dst, n), true
}

// text reads the value at path.
func text(path ...string) reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) { root.At(path...).AddText(out) })
}

// texts reads the elements of the array at path.
func texts(path ...string) reader {
	r := plain(func(root jsonfields.Node, out *fieldsets.Values) {
		for element := root.At(path...).Index(0); element.Exists(); element = element.Next() {
			element.AddText(out)
		}
	})
	r.list = true
	return r
}

// always returns the same text for every event and key.
func always(value string) reader {
	return keyed(func(_ jsonfields.Node, _ string, out *fieldsets.Values) { out.AddText(value) })
}

// every reads the values at path that exist.
func every(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		for _, n := range nodes {
			n.AddText(out)
		}
	})
}

// elements reads the elements of the arrays at path.
func elements(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		for _, n := range nodes {
			for element := n.Index(0); element.Exists(); element = element.Next() {
				element.AddText(out)
			}
		}
	})
}

// all reads the values at path, and nothing if any of them is missing.
func all(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		addAll(root, index, path, jsonfields.Node.AddText, out)
	})
}

// first is like all with the index 0.
func first(path ...string) reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		addAll(root, 0, path, jsonfields.Node.AddText, out)
	})
}

// repositories reads the images at path without tag and digest, and nothing if any of
// them is missing.
func repositories(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		addAll(root, index, path, addRepository, out)
	})
}

// firstRepository is like repositories with the index 0.
func firstRepository(path ...string) reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		addAll(root, 0, path, addRepository, out)
	})
}

func addAll(root jsonfields.Node, index int, path []string, add func(jsonfields.Node, *fieldsets.Values), out *fieldsets.Values) {
	var buf [someNodes]jsonfields.Node
	nodes, _ := find(buf[:0], root, index, path)
	had := out.Len()
	for _, n := range nodes {
		if !n.Exists() {
			out.Truncate(had)
			return
		}
		add(n, out)
	}
}

// addRepository adds the text of n up to the first colon or @. As in the plugin, the port
// of a registry ends it too.
func addRepository(n jsonfields.Node, out *fieldsets.Values) {
	image := n.Text()
	if i := strings.IndexAny(image, ":@"); i >= 0 {
		image = image[:i]
	}
	jsonfields.AddText(out, image)
}

// joined reads the arrays of strings at path, each joined by spaces, and nothing if any of
// them is something else.
func joined(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		for _, n := range nodes {
			if n.Exists() && !isStrings(n) {
				return
			}
		}
		for _, n := range nodes {
			if n.Exists() {
				jsonfields.AddBuilt(out, func(buf []byte) []byte { return appendJoined(buf, n) })
			}
		}
	})
}

// isStrings reports whether n is an array of strings.
func isStrings(n jsonfields.Node) bool {
	if n.Kind() != jsonfields.Array {
		return false
	}
	for element := n.Index(0); element.Exists(); element = element.Next() {
		if element.Kind() != jsonfields.String {
			return false
		}
	}
	return true
}

func appendJoined(dst []byte, n jsonfields.Node) []byte {
	sep := false
	for element := n.Index(0); element.Exists(); element = element.Next() {
		if sep {
			dst = append(dst, ' ')
		}
		dst = element.AppendText(dst)
		sep = true
	}
	return dst
}

// hostPorts reads the ports in the arrays at path: hostPort or else containerPort, which
// is the host port if the pod uses the host's network. It reads nothing if there is
// something other than an array.
func hostPorts(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		had := out.Len()
		for _, n := range nodes {
			if n.Exists() && n.Kind() != jsonfields.Array {
				out.Truncate(had)
				return
			}
			for port := n.Index(0); port.Exists(); port = port.Next() {
				number := port.Get("hostPort")
				if !number.Exists() {
					number = port.Get("containerPort")
				}
				number.AddText(out)
			}
		}
	})
}

// effective reads the effective user or group IDs of the containers in a list of the pod.
// The name is runAsUser or runAsGroup.
func effective(list, name string, documented bool) reader {
	if documented {
		return effectiveDocumented(list, name)
	}
	path := []string{"requestObject", "spec", list, name}
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		pod := root.At("requestObject", "spec", name)
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		for _, n := range nodes {
			if !n.Exists() {
				n = pod
			}
			addOrZero(n, out)
		}
	})
}

func effectiveDocumented(list, name string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		spec := root.At("requestObject", "spec")
		pod := spec.At("securityContext", name)
		i := 0
		for container := spec.Get(list).Index(0); container.Exists(); container = container.Next() {
			if index == everyElement || index == i {
				n := container.At("securityContext", name)
				if isUnset(n) {
					n = pod
				}
				if isUnset(n) {
					n = jsonfields.Node{}
				}
				addOrZero(n, out)
			}
			i++
		}
	})
}

// isUnset reports whether n is missing or null, which are the same in the Kubernetes API.
func isUnset(n jsonfields.Node) bool {
	return !n.Exists() || n.Kind() == jsonfields.Null
}

func addOrZero(n jsonfields.Node, out *fieldsets.Values) {
	if n.Exists() {
		n.AddText(out)
	} else {
		out.AddText("0")
	}
}

// sourceIPs reads the source addresses of the request.
func sourceIPs(documented bool) reader {
	if !documented {
		return elements("requestObject", "rules", "sourceIPs")
	}
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		addresses := root.Get("sourceIPs")
		if index != everyElement {
			addresses.Index(index).AddText(out)
			return
		}
		for address := addresses.Index(0); address.Exists(); address = address.Next() {
			address.AddText(out)
		}
	})
}

// anyTrue returns "true" if any value at path is true, and otherwise "false".
func anyTrue(path ...string) reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, ok := find(buf[:0], root, everyElement, path)
		if !ok {
			return
		}
		for _, n := range nodes {
			if n.Bool() {
				out.AddText("true")
				return
			}
		}
		out.AddText("false")
	})
}

// volumeTypes reads the keys of all volumes other than "name", which are their types.
func volumeTypes() reader {
	path := []string{"requestObject", "spec", "volumes", ""}
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		had := out.Len()
		for _, n := range nodes {
			if !n.Exists() { // the plugin crashes
				out.Truncate(had)
				return
			}
			for m := n.FirstMember(); m.Exists(); m = m.Next() {
				if name := m.Name(); !isText(name, "name") {
					name.AddText(out)
				}
			}
		}
	})
}

// hasHostPath returns "true" if the key is the host path of a volume, or ends with * and
// matches it as a prefix, and otherwise "false".
func hasHostPath() reader {
	path := []string{"requestObject", "spec", "volumes", "hostPath", "path"}
	return keyed(func(root jsonfields.Node, key string, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, ok := find(buf[:0], root, everyElement, path)
		if !ok || key == "" { // without a key, the plugin crashes
			return
		}
		prefix, isPrefix := strings.CutSuffix(key, "*")
		for _, n := range nodes {
			if !n.Exists() {
				continue
			}
			hostPath := n.Text()
			if hostPath == key || isPrefix && strings.HasPrefix(hostPath, prefix) {
				out.AddText("true")
				return
			}
		}
		out.AddText("false")
	})
}

// targetPodName reads the name in the response to a request for a pod, but not for a
// subresource.
func targetPodName() reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		object := root.Get("objectRef")
		subresource := object.Get("subresource")
		if isText(object.Get("resource"), "pods") && (subresource.Kind() != jsonfields.String || isText(subresource, "")) {
			root.At("responseObject", "metadata", "name").AddText(out)
		}
	})
}

// subjectNames reads the names of a role binding's subjects of a kind.
func subjectNames(kind string) reader {
	return subjects(kind, func(subject jsonfields.Node, out *fieldsets.Values) {
		subject.Get("name").AddText(out)
	})
}

// serviceAccounts reads the service accounts of a role binding as namespace:name.
func serviceAccounts() reader {
	return subjects("ServiceAccount", func(subject jsonfields.Node, out *fieldsets.Values) {
		name, namespace := subject.Get("name"), subject.Get("namespace")
		if !name.Exists() || !namespace.Exists() {
			return
		}
		jsonfields.AddBuilt(out, func(buf []byte) []byte {
			buf = namespace.AppendText(buf)
			buf = append(buf, ':')
			return name.AppendText(buf)
		})
	})
}

// subjects calls read for a role binding's subjects of a kind.
func subjects(kind string, read func(subject jsonfields.Node, out *fieldsets.Values)) reader {
	r := plain(func(root jsonfields.Node, out *fieldsets.Values) {
		for subject := root.At("requestObject", "subjects").Index(0); subject.Exists(); subject = subject.Next() {
			if isText(subject.Get("kind"), kind) {
				read(subject, out)
			}
		}
	})
	r.list = true
	return r
}

// isText reports whether n is the string want.
func isText(n jsonfields.Node, want string) bool {
	return n.Kind() == jsonfields.String && n.Text() == want
}
