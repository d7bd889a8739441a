module github.com/falcorules/falcorules/bench

go 1.26.0

replace github.com/falcorules/falcorules => ../

require github.com/falcorules/falcorules v0.0.0

require (
	github.com/alecthomas/participle/v2 v2.1.4 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	gopkg.in/check.v1 v1.0.0-20201130134442-10cb98267c6c // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
