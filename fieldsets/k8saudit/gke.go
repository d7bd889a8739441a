package k8saudit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falcorules/falcorules/fieldsets/jsonfields"
)

// gkeAuditLog is the type of payloads in the audit logs of Google Cloud.
const gkeAuditLog = "type.googleapis.com/google.cloud.audit.AuditLog"

// isGKE reports whether n is an entry of Cloud Logging.
func isGKE(n jsonfields.Node) bool {
	return n.Get("protoPayload").Kind() == jsonfields.Object ||
		n.Get("logName").Kind() == jsonfields.String && n.Get("resource").Kind() == jsonfields.Object
}

// gke decodes an entry of Cloud Logging. The audit event is the one that Falco's plugin
// k8saudit-gke 0.9.0 reconstructs. Where the plugin would crash or lose the event because
// something is missing or unknown, it is left out.
func (u *Unwrapper) gke(entry jsonfields.Node) {
	name := entry.Get("logName").Text()
	payload := entry.Get("protoPayload")
	const logs = "cloudaudit.googleapis.com%2F"
	if !strings.HasSuffix(name, logs+"activity") && !strings.HasSuffix(name, logs+"data_access") ||
		!isText(entry.At("resource", "type"), "k8s_cluster") || payload.Exists() && !isText(payload.Get("serviceName"), "k8s.io") {
		u.OtherLogs++
		return
	}
	if err := u.gkeEvent(entry, payload); err != nil {
		if id := entry.Get("insertId").Text(); id != "" {
			err = fmt.Errorf("log entry %s: %w", id, err)
		}
		u.fail(entry.Offset(), err)
	}
}

func (u *Unwrapper) gkeEvent(entry, payload jsonfields.Node) error {
	if !isText(payload.Get("@type"), gkeAuditLog) {
		return errors.New("want a protoPayload with @type " + gkeAuditLog)
	}
	at, err := gkeTime(entry)
	if err != nil {
		return err
	}
	u.text = appendGKE(u.text[:0], entry, payload, at)
	if err := u.doc.Parse(u.text); err != nil {
		return err
	}
	// The plugin gives Falco the time in nanoseconds, while the event has microseconds.
	if err := u.decoder.add(u.doc.JSON(), at); err != nil {
		return err
	}
	return u.visit(&u.decoder.event)
}

// gkeTime returns when Cloud Logging received the entry or, if that is missing, the time
// of the entry or, as in the plugin, 1970.
func gkeTime(entry jsonfields.Node) (time.Time, error) {
	for _, name := range []string{"receiveTimestamp", "timestamp"} {
		stamp := entry.Get(name)
		if !stamp.Exists() {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, stamp.Text())
		if err != nil {
			return at, fmt.Errorf("invalid %s %q: want a time such as 2006-01-02T15:04:05Z", name, clipText(stamp))
		}
		return at, nil
	}
	return time.Unix(0, 0), nil
}

// appendGKE appends the audit event of a log entry.
func appendGKE(dst []byte, entry, payload jsonfields.Node, at time.Time) []byte {
	method, resource := payload.Get("methodName").Text(), payload.Get("resourceName").Text()
	verb := method[strings.LastIndexByte(method, '.')+1:]
	object := gkeObject(resource)

	level, stage, status, code := "RequestResponse", "ResponseComplete", "OK (inferred)", "200"
	switch {
	case object.subresource == "exec" || object.subresource == "attach":
		level, stage, status, code = "Request", "ResponseStarted", "Switching Protocols (inferred)", "101"
	case verb == "create":
		status, code = "Created (inferred)", "201"
	}
	stamp := at.UTC().Format("2006-01-02T15:04:05.000000Z07:00")

	dst = append(dst, `{"kind":"Event","apiVersion":"audit.k8s.io/v1"`...)
	dst = appendMember(dst, "level", level)
	dst = appendMember(dst, "auditID", entry.Get("insertId").Text())
	dst = appendMember(dst, "stage", stage)
	dst = appendMember(dst, "requestURI", "/"+resource)
	dst = appendMember(dst, "verb", verb)
	dst = append(dst, `,"user":`...)
	dst = appendObject(dst, "username", payload.At("authenticationInfo", "principalEmail").Text())
	if metadata := payload.Get("requestMetadata"); metadata.Kind() == jsonfields.Object {
		dst = append(dst, `,"sourceIPs":[`...)
		dst = appendString(dst, metadata.Get("callerIp").Text())
		dst = append(dst, ']')
		if agent := metadata.Get("callerSuppliedUserAgent").Text(); agent != "" {
			dst = appendMember(dst, "userAgent", agent)
		}
	}
	if object != (gkeReference{}) {
		dst = append(dst, `,"objectRef":`...)
		dst = appendObject(dst, "resource", object.resource, "namespace", object.namespace, "name", object.name,
			"apiGroup", object.group, "apiVersion", object.version, "subresource", object.subresource)
	}
	dst = append(dst, `,"responseStatus":{"metadata":{}`...)
	dst = appendMember(dst, "status", status)
	dst = appendMember(dst, "message", status)
	dst = append(dst, `,"code":`+code+`}`...)
	for _, object := range [][2]string{{"request", "requestObject"}, {"response", "responseObject"}} {
		if n := payload.Get(object[0]); n.Exists() && n.Kind() != jsonfields.Null {
			dst = append(dst, `,"`+object[1]+`":`...)
			dst = appendStruct(dst, n)
		}
	}
	dst = appendMember(dst, "requestReceivedTimestamp", stamp)
	dst = appendMember(dst, "stageTimestamp", stamp)
	dst = appendAnnotations(dst, entry.Get("labels"), entry.At("resource", "labels"))
	return append(dst, '}')
}

// gkeReference is the objectRef of an audit event.
type gkeReference struct {
	group, version, namespace, resource, name, subresource string
}

// gkeObject reads a resourceName such as core/v1/namespaces/NAMESPACE/pods/NAME/exec. The
// result is zero if it is not the name of an object.
func gkeObject(name string) gkeReference {
	p := strings.Split(name, "/")
	namespaced := len(p) > 2 && p[2] == "namespaces"
	switch {
	case len(p) == 4:
		return gkeReference{group: p[0], version: p[1], resource: p[2], name: p[3]}
	case len(p) == 5 && namespaced:
		return gkeReference{group: p[0], version: p[1], namespace: p[3], resource: p[4]}
	case len(p) == 6 && namespaced:
		return gkeReference{group: p[0], version: p[1], namespace: p[3], resource: p[4], name: p[5]}
	case len(p) > 6 && namespaced:
		return gkeReference{group: p[0], version: p[1], namespace: p[3], resource: p[4], name: p[5], subresource: p[6]}
	case len(p) > 4:
		return gkeReference{group: p[0], version: p[1], resource: p[2], name: p[3], subresource: p[4]}
	}
	return gkeReference{}
}

// appendAnnotations appends the labels of a log entry and of its resource, which take
// precedence, sorted by name.
func appendAnnotations(dst []byte, labels, resourceLabels jsonfields.Node) []byte {
	all := map[string]string{}
	for _, n := range []jsonfields.Node{labels, resourceLabels} {
		for m := n.FirstMember(); m.Exists(); m = m.Next() {
			all[m.Name().Text()] = m.Text()
		}
	}
	if len(all) == 0 {
		return dst
	}
	text, _ := json.Marshal(all) // cannot fail for strings
	return append(append(dst, `,"annotations":`...), text...)
}

// appendStruct appends a google.protobuf.Struct in the way in which the plugin prints it:
// members are sorted by name, and numbers are float64.
func appendStruct(dst []byte, n jsonfields.Node) []byte {
	switch n.Kind() {
	case jsonfields.String:
		return appendString(dst, n.Text())
	case jsonfields.Number:
		return appendNumber(dst, n.Text())
	case jsonfields.Array:
		dst = append(dst, '[')
		for e := n.Index(0); e.Exists(); e = e.Next() {
			dst = append(appendStruct(dst, e), ',')
		}
		return endList(dst, ']')
	case jsonfields.Object:
		type member struct {
			name  string
			value jsonfields.Node
		}
		var members []member
		for m := n.FirstMember(); m.Exists(); m = m.Next() {
			members = append(members, member{m.Name().Text(), m})
		}
		slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
		members = slices.CompactFunc(members, func(a, b member) bool { return a.name == b.name })
		dst = append(dst, '{')
		for _, m := range members {
			dst = append(appendString(dst, m.name), ':')
			dst = append(appendStruct(dst, m.value), ',')
		}
		return endList(dst, '}')
	}
	return n.AppendCompact(dst)
}

// endList replaces the comma after the last element, if there is one.
func endList(dst []byte, end byte) []byte {
	if last := len(dst) - 1; dst[last] == ',' {
		dst = dst[:last]
	}
	return append(dst, end)
}

// appendNumber appends a number as JavaScript prints it, or as a string if it has no
// float64.
func appendNumber(dst []byte, text string) []byte {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return appendString(dst, text)
	}
	number, _ := json.Marshal(x) // cannot fail for finite numbers
	return append(dst, number...)
}

// appendObject appends an object with the members that are not empty, given by name and
// value.
func appendObject(dst []byte, members ...string) []byte {
	dst = append(dst, '{')
	for i := 0; i < len(members); i += 2 {
		if members[i+1] != "" {
			dst = append(appendString(dst, members[i]), ':')
			dst = append(appendString(dst, members[i+1]), ',')
		}
	}
	return endList(dst, '}')
}

// appendMember appends a member after others.
func appendMember(dst []byte, name, value string) []byte {
	dst = append(appendString(append(dst, ','), name), ':')
	return appendString(dst, value)
}

func appendString(dst []byte, s string) []byte {
	text, _ := json.Marshal(s) // cannot fail for a string
	return append(dst, text...)
}
