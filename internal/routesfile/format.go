package routesfile

import "github.com/falcorules/falcorules/internal/schema"

// Type is the type of the value of the key routes.
var Type = schema.NonEmptyListOf(schema.ObjectOf(Object))

// Object has the keys of a route.
var Object = &schema.Object{
	Name: "a route", Doc: "Which alerts go to which outputs. It has `to` or `drop`.",
	Keys: []schema.Key{
		{Name: "name", Type: schema.Text, Doc: "The name in metrics and messages; by default its number."},
		{Name: "when", Type: schema.Text, Doc: "The condition, written as in rules, over the alert and its event. The last route has none and takes all other alerts."},
		{Name: "to", Type: schema.OneOrMore, Doc: "The names of one or more outputs."},
		{Name: "drop", Type: schema.TrueFalse, Doc: "Whether to drop the alerts."},
		{Name: "continue", Type: schema.TrueFalse, Doc: "Whether the alerts also go to the next route whose condition is true."},
		{Name: "redact", Type: schema.OneOrMore, Doc: "Fields whose values are replaced by `[redacted]`."},
		{Name: "deduplicate", Type: schema.ObjectOf(DeduplicateObject), Doc: "Leave out alerts that are like an earlier one."},
		{Name: "rate_limit", Type: schema.ObjectOf(RateLimitObject), Doc: "Leave out alerts if there are too many."},
	},
}

// DeduplicateObject has the keys of deduplicate.
var DeduplicateObject = &schema.Object{
	Name: "deduplication", Doc: "An alert is left out if one with the same text was written shortly before.",
	Keys: []schema.Key{
		{Name: "by", Type: schema.Text, Required: true, Doc: "The text to compare, written like the output of a rule, such as `%alert.rule %ka.user.name`."},
		{Name: "for", Type: schema.AnyScalar, Required: true, Doc: "How long other alerts with the same text are left out, such as `10m`."},
	},
}

// RateLimitObject has the keys of rate_limit.
var RateLimitObject = &schema.Object{
	Name: "a rate limit", Doc: "How many alerts are written in a period, which begins with the first one.",
	Keys: []schema.Key{
		{Name: "alerts", Type: schema.Positive, Required: true, Doc: "The maximum number of alerts."},
		{Name: "per", Type: schema.AnyScalar, Required: true, Doc: "The length of the period, such as `1m`."},
	},
}

// Objects are all objects, for JSON schemas.
var Objects = []*schema.Object{Object, DeduplicateObject, RateLimitObject}
