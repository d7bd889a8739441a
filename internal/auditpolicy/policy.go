// Package auditpolicy reads audit policies of Kubernetes API servers. A policy decides
// which requests are logged, with how much detail, and at which stages.
//
//	policy, errs := auditpolicy.Read(file, "audit-policy.yaml")
//	…
//	for _, rule := range policy.Rules {
//		if rule.Match(requests) == auditpolicy.All {
//			return rule.Level
//		}
//	}
//	return auditpolicy.None
//
// The format and its meaning are those of the package k8s.io/apiserver/pkg/audit/policy of
// Kubernetes 1.36.
package auditpolicy

import (
	"fmt"
	"slices"

	"github.com/falcorules/falcorules/diag"
)

// Level says how much of a request is logged.
type Level uint8

// The levels, each of which includes those before it.
const (
	// None logs nothing.
	None Level = iota
	// Metadata logs who made the request, what it is about, and how it was answered.
	Metadata
	// Request also logs the object that was sent.
	Request
	// RequestResponse also logs the object that was returned.
	RequestResponse
)

var levelNames = [...]string{"None", "Metadata", "Request", "RequestResponse"}

// String returns the name of the level in policies and events.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("Level(%d)", l)
}

// The stages of a request at which it is logged.
const (
	RequestReceived  = "RequestReceived"
	ResponseStarted  = "ResponseStarted"
	ResponseComplete = "ResponseComplete"
	Panic            = "Panic"
)

// Stages returns all stages, in their order.
func Stages() []string { return []string{RequestReceived, ResponseStarted, ResponseComplete, Panic} }

// Policy is an audit policy. The first rule that matches a request decides about it. A
// request that no rule matches is not logged.
type Policy struct {
	// Name is the name of the file.
	Name  string
	Rules []*Rule
	// OmitStages are the stages that the policy omits for all rules, and OmitStagesAt their
	// range.
	OmitStages   []string
	OmitStagesAt diag.Range
	// Warnings are about what the API server ignores, such as unknown keys.
	Warnings diag.List
}

// Rule is a rule of a policy. It matches requests that all of its lists match. An empty
// list matches every request.
type Rule struct {
	// Number is the number of the rule in the policy, from 1, and Range its range.
	Number int
	Range  diag.Range

	Level           Level
	Users           []string
	UserGroups      []string
	Verbs           []string
	Resources       []GroupResources
	Namespaces      []string
	NonResourceURLs []string
	// OmitStages are the stages at which nothing is logged, including those that the
	// policy omits for all rules.
	OmitStages []string
	// OmitManagedFields says that metadata.managedFields is left out of objects.
	OmitManagedFields bool

	size int
}

// Size returns about how many texts are compared to match the rule.
func (r *Rule) Size() int { return r.size }

// Unselective returns a copy of the rule that matches all users, namespaces and names of
// objects.
func (r *Rule) Unselective() *Rule {
	out := *r
	out.Users, out.UserGroups, out.Namespaces = nil, nil, nil
	out.Resources = slices.Clone(r.Resources)
	for i := range out.Resources {
		out.Resources[i].ResourceNames = nil
	}
	return &out
}

// GroupResources are resources of an API group.
type GroupResources struct {
	// Group is the name of the group, empty for the core group, or * for all groups.
	Group string
	// Resources are names such as pods, pods/log, pods/*, */status and *. If there are
	// none, all resources of the group match.
	Resources []string
	// ResourceNames are the names of objects, or empty.
	ResourceNames []string
}
