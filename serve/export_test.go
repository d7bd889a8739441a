package serve

import "time"

// SetReadTimeouts sets how long senders have for their headers and for a whole request.
// It must be called before Run.
func (s *Server) SetReadTimeouts(header, request time.Duration) {
	for _, h := range s.webhooks {
		h.server.ReadHeaderTimeout, h.server.ReadTimeout = header, request
	}
}

// RulesPaths returns the rules files.
func (s *Server) RulesPaths() []string { return s.config.Rules.Paths }
