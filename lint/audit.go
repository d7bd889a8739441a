package lint

import (
	"iter"
	"slices"
	"strings"

	"github.com/falcorules/falcorules/ast"
	"github.com/falcorules/falcorules/fieldsets/k8saudit"
	"github.com/falcorules/falcorules/internal/auditpolicy"
)

// The fields of audit events that several analyzers look at.
const (
	verbField        = "ka.verb"
	resourceField    = "ka.target.resource"
	subresourceField = "ka.target.subresource"
)

// stageFields are the fields that have the stage of an audit event.
var stageFields = []string{"ka.stage", "jevt.value[/stage]"}

// isAudit reports whether a condition is one for Kubernetes audit events.
func isAudit(c *Condition) bool { return c.Source.Name() == k8saudit.SourceName }

// auditConditions returns the conditions of a pass that are for audit events.
func auditConditions(conditions []*Condition) iter.Seq[*Condition] {
	return func(yield func(*Condition) bool) {
		for _, c := range conditions {
			if isAudit(c) && !yield(c) {
				return
			}
		}
	}
}

// stages returns the stages that an audit event can have if the branch is true.
func stages(b *Branch) ValueSet {
	v := allValues()
	for _, field := range stageFields {
		v = v.and(b.ValueSet(field))
	}
	return v
}

func isStage(l *Literal) bool { return slices.Contains(stageFields, l.Operand) }

// inRequest reports whether the left side of a literal is in the object that a request
// sends, which audit events have from level Request on.
func inRequest(l *Literal) bool { return l.topMember() == requestObject }

// inResponse reports whether the left side of a literal is in what the API server answers.
// Events have that at the end of a request.
func inResponse(l *Literal) bool {
	top := l.topMember()
	return top == responseObject || top == responseStatus
}

// topMember returns the member of audit events that contains the left side of a literal, or
// nothing if that is not known.
func (l *Literal) topMember() string {
	ref, ok := l.Check.Left.(*ast.Field)
	if !ok {
		return ""
	}
	return topOf(eventMember(ref))
}

// subsetOf reports whether a set has values, and only those of texts.
func (v ValueSet) subsetOf(texts ...string) bool {
	if !v.IsFinite() || v.AllowsNone() || v.IsEmpty() {
		return false
	}
	return !slices.ContainsFunc(v.Texts(), func(t string) bool { return !slices.Contains(texts, t) })
}

// fieldName returns the name of the field on the left side, without its argument, or
// nothing if a transformer is there.
func (l *Literal) fieldName() string {
	if ref, ok := l.Check.Left.(*ast.Field); ok {
		return ref.Name
	}
	return ""
}

// The members of audit events with objects and with the status of the response.
const (
	requestObject  = "requestObject"
	responseObject = "responseObject"
	responseStatus = "responseStatus"
)

// members are the members of audit events that fields read, as paths. Other fields ka.req.*
// read something in the request object.
var members = map[string]string{
	verbField:                         "verb",
	resourceField:                     "objectRef/resource",
	subresourceField:                  "objectRef/subresource",
	"ka.stage":                        "stage",
	"ka.uri":                          "requestURI",
	"ka.user.name":                    "user/username",
	"ka.target.name":                  "objectRef/name",
	"ka.target.namespace":             "objectRef/namespace",
	"ka.target.pod.name":              responseObject + "/metadata/name",
	"ka.resp.name":                    responseObject + "/metadata/name",
	"ka.response.code":                responseStatus + "/code",
	"ka.response.reason":              responseStatus + "/reason",
	"ka.req.configmap.name":           "objectRef/name",
	"ka.req.binding.subject.has_name": "", // always true
}

// eventMember returns the member of audit events that a field reads, or nothing if it is not
// in the table and not in an object.
func eventMember(ref *ast.Field) string {
	if ref.Name == "jevt.value" || ref.Name == "json.value" {
		if ref.Arg == nil {
			return ""
		}
		return strings.TrimPrefix(ref.Arg.Text, "/")
	}
	member, known := members[ref.Name]
	if !known && strings.HasPrefix(ref.Name, "ka.req.") {
		return requestObject
	}
	return member
}

// topOf returns the member of the event that contains a member.
func topOf(member string) string {
	top, _, _ := strings.Cut(member, "/")
	return top
}

// levelOf returns the least audit level whose events have a member.
func levelOf(member string) auditpolicy.Level {
	switch topOf(member) {
	case requestObject:
		return auditpolicy.Request
	case responseObject:
		return auditpolicy.RequestResponse
	}
	return auditpolicy.Metadata
}

// listed returns words as they are listed in a sentence: a, b or c.
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
