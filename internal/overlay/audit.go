package overlay

import "github.com/falcorules/falcorules/internal/yamlfile"

// Audit holds default values for audit events in tests. Without an audit ID, no
// field of an event would have a value.
var Audit = &yamlfile.Node{Kind: yamlfile.Mapping, Content: []*yamlfile.Node{
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "auditID"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "00000000-0000-0000-0000-000000000000"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "stageTimestamp"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "1970-01-01T00:00:00Z"},
}}
