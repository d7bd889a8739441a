package loader

func unwrap(f *input) []*input { return nil }

func (s *source) notices() Diagnostics { return nil }


func (s *Ruleset) dropContext([]*input) {}
