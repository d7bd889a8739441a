package lintconfig

import "github.com/falcorules/falcorules/internal/schema"

// Keys returns the keys of a configuration.
func Keys() []schema.Key { return configObject.Keys }
