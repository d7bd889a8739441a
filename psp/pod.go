package psp

import "fmt"

// How many elements of the lists of a pod the rules look at. A pod with more of
// them fires a rule that says so.
const (
	maxContainers          = 10
	maxInitContainers      = 8
	maxEphemeralContainers = 4
	maxVolumes             = 24
	maxSysctls             = 24
	maxTokenSources        = 4
)

// containerList is one of the lists of containers that a pod has.
type containerList struct {
	name string
	max  int
}

var containerLists = []containerList{
	{"containers", maxContainers},
	{"initContainers", maxInitContainers},
	{"ephemeralContainers", maxEphemeralContainers},
}

// view is a pod in an audit event. There are two. The pod that is created or
// replaced is in the request, and judged as a whole. Where ephemeral containers are
// patched into it, the request has the patch alone; the pod is in the response, and
// these containers are judged, with what they take over from the pod.
type view struct {
	// prefix begins the names of macros.
	prefix string
	root   string
	lists  []containerList
	// whole says that the pod itself and its volumes are judged, too.
	whole bool
}

// views returns both views of a pod.
func views(prefix string) []view {
	return []view{
		{prefix, "/requestObject", containerLists, true},
		{prefix + "_patched", "/responseObject", containerLists[2:], false},
	}
}

// macro gives a condition about the view a name.
func (v view) macro(name string, x expr) expr { return macro(v.prefix+"_"+name, x) }

// at is the value that a JSON pointer below the pod leads to.
func (v view) at(path string) field { return field("jevt.value[" + v.root + path + "]") }

// context is a value of the security context of the pod.
func (v view) context(name string) field { return v.at("/spec/securityContext/" + name) }

// in holds for a value that is in a list, which gets a name of its own in the rules
// file. For conditions that ask it of many values.
func (v view) in(f field, name string, values []string) expr {
	if len(values) < 2 {
		return f.in(values...)
	}
	return f.inList(&list{v.prefix + "_" + name, values})
}

// pod returns the condition for the pod itself, which is judged in one view.
func (v view) pod(x expr) expr {
	if !v.whole {
		return never
	}
	return x
}

// takenOver returns the condition for containers that take over what their pod says,
// where the pod itself is not judged.
func (v view) takenOver(x expr) expr {
	if v.whole {
		return never
	}
	return x
}

// container is a place in a list of containers, where there may be one.
type container struct {
	view
	path string
}

func (c container) at(path string) field { return c.view.at(c.path + path) }

// name tells where there is a container: each has a name.
func (c container) name() field { return c.at("/name") }

func (c container) exists() expr { return c.name().exists() }

// context is a value of the security context of the container.
func (c container) context(name string) field { return c.at("/securityContext/" + name) }

// lacks holds for a container that does not say that itself.
func (c container) lacks(name string) expr {
	return and(c.exists(), not(c.context(name).exists()))
}

// containers returns what holds when one of the containers makes build's condition
// hold.
func (v view) containers(build func(container) expr) expr {
	var children []expr
	for _, l := range v.lists {
		for i := range l.max {
			children = append(children, build(container{v, fmt.Sprintf("/spec/%s/%d", l.name, i)}))
		}
	}
	return or(children...)
}

// text returns what holds when one of the patterns matches the JSON text of one of
// the lists of containers. A quote before a colon ends a name there, never a text, so
// that what follows a name can be told.
func (v view) text(patterns []string) expr {
	return either(v.lists, func(l containerList) expr { return v.at("/spec/" + l.name).matches(patterns...) })
}

// images holds for a pod of whose first containers each has one of these images. For
// a request there is ka.req.pod.containers.image.repository; this cuts as that does.
func (v view) images(names []string) expr {
	var pieces []string
	for _, name := range names {
		if isRepository(name) {
			pieces = append(pieces, literal(name))
		}
	}
	patterns := alternatives("", pieces, "([:@].*)?")
	image := func(number int) field { return v.at(fmt.Sprintf("/spec/containers/%d/image", number)) }
	all := []expr{image(0).matches(patterns...)}
	for i := 1; i < maxContainers; i++ {
		all = append(all, or(not(image(i).exists()), image(i).matches(patterns...)))
	}
	return v.macro("images", and(all...))
}

// saying returns what holds when one of the containers has one of the values. For a
// request there are fields that have the values of all containers.
func (v view) saying(name, kaName string, values ...string) expr {
	if v.whole {
		return either(v.lists, func(l containerList) expr {
			return field("ka.req.pod." + l.name + "." + kaName).intersects(values...)
		})
	}
	return v.containers(func(c container) expr { return c.context(name).in(values...) })
}

// without returns what holds when one of the containers does not say that itself.
func (v view) without(name string) expr {
	return v.macro("without_"+snake(name), v.containers(func(c container) expr { return c.lacks(name) }))
}

// elements returns what holds when one of the first elements of a list makes
// build's condition hold. The list is where the pointer leads to.
func elements(path string, most int, build func(path string) expr) expr {
	var children []expr
	for i := range most {
		children = append(children, build(fmt.Sprintf("%s/%d", path, i)))
	}
	return or(children...)
}
