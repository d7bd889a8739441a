package psp

import "fmt"

// The number of elements that the rules check in the lists of a pod. A pod with more of
// them fires a Limit rule.
const (
	maxContainers          = 10
	maxInitContainers      = 8
	maxEphemeralContainers = 4
	maxVolumes             = 24
	maxSysctls             = 24
	maxTokenSources        = 4
)

// containerList is one of the lists of containers in a pod.
type containerList struct {
	name string
	max  int
}

var containerLists = []containerList{
	{"containers", maxContainers},
	{"initContainers", maxInitContainers},
	{"ephemeralContainers", maxEphemeralContainers},
}

// view is a pod in an audit event. There are two views. If a pod is created or
// replaced, it is in the request, and the rules check all of it. If ephemeral
// containers are patched into a pod, the request has only the patch and the pod is in
// the response; the rules check these containers, with what they inherit from the pod.
type view struct {
	prefix string // of the names of macros
	root   string // the JSON pointer to the pod
	lists  []containerList
	whole  bool // whether the pod itself and its volumes are checked, too
}

// views returns the view of a pod that is created or replaced, and that of a patched
// one.
func views(prefix string) []view {
	return []view{
		{prefix, "/requestObject", containerLists, true},
		{prefix + "_patched", "/responseObject", containerLists[2:], false},
	}
}

// macro makes a condition on the view a macro.
func (v view) macro(name string, x expr) expr { return macro(v.prefix+"_"+name, x) }

// at returns the field for a JSON pointer relative to the pod.
func (v view) at(path string) field { return field("jevt.value[" + v.root + path + "]") }

// context returns a field of the pod's security context.
func (v view) context(name string) field { return v.at("/spec/securityContext/" + name) }

// in holds if the value of f is one of values, which become a list of the rules file.
// It keeps conditions short that compare many fields with the same values.
func (v view) in(f field, name string, values []string) expr {
	if len(values) < 2 {
		return f.in(values...)
	}
	return f.inList(&list{v.prefix + "_" + name, values})
}

// pod returns a condition on the pod itself: x if the view covers the pod.
func (v view) pod(x expr) expr {
	if !v.whole {
		return never
	}
	return x
}

// onlyPatched returns a condition on what containers inherit from their pod: x if the
// view does not cover the pod itself.
func (v view) onlyPatched(x expr) expr {
	if v.whole {
		return never
	}
	return x
}

// container is a position in a list of containers. The pod may have none there.
type container struct {
	view
	path string
}

func (c container) at(path string) field { return c.view.at(c.path + path) }

func (c container) name() field { return c.at("/name") }

// exists holds if there is a container: each has a name.
func (c container) exists() expr { return c.name().exists() }

// context returns a field of the container's security context.
func (c container) context(name string) field { return c.at("/securityContext/" + name) }

// lacks holds if the container does not set the field in its own security context.
func (c container) lacks(name string) expr {
	return and(c.exists(), not(c.context(name).exists()))
}

// containers holds if the condition that build returns holds for a container.
func (v view) containers(build func(container) expr) expr {
	var children []expr
	for _, l := range v.lists {
		for i := range l.max {
			children = append(children, build(container{v, fmt.Sprintf("/spec/%s/%d", l.name, i)}))
		}
	}
	return or(children...)
}

// text holds if one of the patterns matches the JSON text of a list of containers. In
// JSON, `":` ends a key and never occurs in a value, so patterns can find the value
// that follows a key.
func (v view) text(patterns []string) expr {
	return anyOf(v.lists, func(l containerList) expr { return v.at("/spec/" + l.name).matches(patterns...) })
}

// images holds if each of the first containers has one of these images. It cuts image
// names like ka.req.pod.containers.image.repository, which exists only for requests.
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

// anyHas holds if a container has one of the values. For requests, Falco has a list
// field, kaName, with the values of all containers.
func (v view) anyHas(name, kaName string, values ...string) expr {
	if v.whole {
		return anyOf(v.lists, func(l containerList) expr {
			return field("ka.req.pod." + l.name + "." + kaName).intersects(values...)
		})
	}
	return v.containers(func(c container) expr { return c.context(name).in(values...) })
}

// without holds if a container does not set the field in its own security context.
func (v view) without(name string) expr {
	return v.macro("without_"+snake(name), v.containers(func(c container) expr { return c.lacks(name) }))
}

// elements holds if the condition that build returns holds for one of the first
// elements of a list. path is the JSON pointer to the list.
func elements(path string, most int, build func(path string) expr) expr {
	var children []expr
	for i := range most {
		children = append(children, build(fmt.Sprintf("%s/%d", path, i)))
	}
	return or(children...)
}
