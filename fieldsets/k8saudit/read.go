package k8saudit

import (
	"strings"

	"github.com/falcorules/falcorules/fieldsets"
	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// extract adds the values of one field with its argument; root is the event.
type extract func(root jsonfields.Node, out *fieldsets.Values)

// reader is a way to read a field: what its values look like, and how to find
// them once the argument is known.
type reader struct {
	list bool
	arg  fieldsets.ArgKind
	bind func(arg fieldsets.Arg) extract
}

// plain is a reader of a field with one value and no argument.
func plain(read extract) reader {
	return reader{bind: func(fieldsets.Arg) extract { return read }}
}

// keyed is a reader of a field with one value and a key.
func keyed(read func(root jsonfields.Node, key string, out *fieldsets.Values)) reader {
	return reader{arg: fieldsets.KeyArg, bind: func(arg fieldsets.Arg) extract {
		return func(root jsonfields.Node, out *fieldsets.Values) { read(root, arg.Key, out) }
	}}
}

// indexed is a reader of a field with many values that may have an index, which
// is everyElement without.
func indexed(read func(root jsonfields.Node, index int, out *fieldsets.Values)) reader {
	return reader{list: true, arg: fieldsets.IndexArg, bind: func(arg fieldsets.Arg) extract {
		index := everyElement
		if arg.Present {
			// As in the plugin, 2^64-1 becomes everyElement and the other
			// numbers from 2^63 on become negative: no element has them.
			index = int(arg.Index)
		}
		return func(root jsonfields.Node, out *fieldsets.Values) { read(root, index, out) }
	}}
}

const (
	// everyElement in the place of an index stands for all elements of an
	// array.
	everyElement = -1
	// someNodes is how many nodes are found without asking for memory.
	someNodes = 16
)

// find appends the nodes that path leads to from n, and reports whether the way
// there exists. Where it comes upon an array with names still to follow, it
// goes on from the element that index chooses, or from each of them; a missing
// node then stands for an element from which there is no way. The name "" stays
// where it is, so that a path can end with the elements of an array.
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

// text reads the one value at path.
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

// always reads the same text from every event, with any key.
func always(value string) reader {
	return keyed(func(_ jsonfields.Node, _ string, out *fieldsets.Values) { out.AddText(value) })
}

// every reads the values that path leads to, where there are any.
func every(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		for _, n := range nodes {
			n.AddText(out)
		}
	})
}

// elements reads the elements of the arrays that path leads to.
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

// all reads the values that path leads to, and nothing if one of the ways there
// ends early.
func all(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		addAll(root, index, path, jsonfields.Node.AddText, out)
	})
}

// first reads what [all] reads with the index 0.
func first(path ...string) reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		addAll(root, 0, path, jsonfields.Node.AddText, out)
	})
}

// repositories reads the images that path leads to without tag and digest, and
// nothing if one of the ways there ends early.
func repositories(path ...string) reader {
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		addAll(root, index, path, addRepository, out)
	})
}

// firstRepository reads what [repositories] reads with the index 0.
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

// addRepository adds the text of n up to the first colon or @. So the port of a
// registry ends it too, as in the plugin.
func addRepository(n jsonfields.Node, out *fieldsets.Values) {
	image := n.Text()
	if i := strings.IndexAny(image, ":@"); i >= 0 {
		image = image[:i]
	}
	jsonfields.AddText(out, image)
}

// joined reads the arrays of strings that path leads to, the elements of each
// joined by blanks, and nothing if something else stands in the place of one.
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

// isStrings reports whether n is an array and all of its elements are strings.
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

// hostPorts reads the ports in the arrays that path leads to: hostPort, or else
// containerPort, which is the port of the host in a pod on the host's network.
// It reads nothing if something else stands in the place of an array.
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

// effective reads the user or group number, called name, that the containers in
// a list of the pod start with.
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

// isUnset reports whether n is absent as the API of Kubernetes sees it, which
// takes null for absent.
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

// sourceIPs reads the addresses that the request came from.
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

// anyTrue reads "true" if one of the values that path leads to is true, and
// "false" if none is.
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

// volumeTypes reads the names of the members of all volumes but "name": what
// is left are the types.
func volumeTypes() reader {
	path := []string{"requestObject", "spec", "volumes", ""}
	return indexed(func(root jsonfields.Node, index int, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, _ := find(buf[:0], root, index, path)
		had := out.Len()
		for _, n := range nodes {
			if !n.Exists() { // The plugin crashes.
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

// hasHostPath reads "true" if a volume is the path of the host that the key
// names, or begins with what stands before the * at the end of the key, and
// "false" otherwise.
func hasHostPath() reader {
	path := []string{"requestObject", "spec", "volumes", "hostPath", "path"}
	return keyed(func(root jsonfields.Node, key string, out *fieldsets.Values) {
		var buf [someNodes]jsonfields.Node
		nodes, ok := find(buf[:0], root, everyElement, path)
		if !ok || key == "" { // Without a key the plugin crashes.
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

// targetPodName reads the name of the pod in the response to a request about a
// pod and not a subresource of it.
func targetPodName() reader {
	return plain(func(root jsonfields.Node, out *fieldsets.Values) {
		object := root.Get("objectRef")
		subresource := object.Get("subresource")
		if isText(object.Get("resource"), "pods") && (subresource.Kind() != jsonfields.String || isText(subresource, "")) {
			root.At("responseObject", "metadata", "name").AddText(out)
		}
	})
}

// subjectNames reads the names of the subjects of one kind of a role binding.
func subjectNames(kind string) reader {
	return subjects(kind, func(subject jsonfields.Node, out *fieldsets.Values) {
		subject.Get("name").AddText(out)
	})
}

// serviceAccounts reads the service accounts of a role binding that have a
// namespace, which the names are put behind.
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

// subjects gives read the subjects of one kind of a role binding.
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
