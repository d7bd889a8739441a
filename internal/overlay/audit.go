package overlay

import "github.com/falcorules/falcorules/internal/yamlfile"

// Audit has what every audit event has and tests of rules leave out: without an ID no
// field has a value.
var Audit = &yamlfile.Node{Kind: yamlfile.Mapping, Content: []*yamlfile.Node{
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "auditID"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "00000000-0000-0000-0000-000000000000"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "stageTimestamp"},
	{Kind: yamlfile.Scalar, Tag: "!!str", Value: "1970-01-01T00:00:00Z"},
}}
