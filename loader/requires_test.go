package loader_test

import "testing"

func TestRequiredVersions(t *testing.T) {
	for _, tt := range []struct{ name, items, want string }{
		{"engine of a number", "- required_engine_version: 13\n", "fd.num = 1"},
		{"engine of three numbers", "- required_engine_version: 0.31.0\n", "fd.num = 1"},
		{"engine too new", "- required_engine_version: 1.0.0\n", "LOAD_ERR_VALIDATE"},
		{"engine that is no version", "- required_engine_version: new\n", "LOAD_ERR_YAML_VALIDATE"},
		{"plugin", "- required_plugin_versions:\n  - name: k8saudit\n    version: 0.7.0\n", "fd.num = 1"},
		{"plugin without a version", "- required_plugin_versions:\n  - name: k8saudit\n", "LOAD_ERR_YAML_VALIDATE"},
		{"plugins that are no list", "- required_plugin_versions: k8saudit\n", "LOAD_ERR_YAML_VALIDATE"},
		{"alternative", "- required_plugin_versions:\n  - name: nosuch\n    version: 1.0.0\n    alternatives:\n    - name: k8saudit\n      version: 0.7.0\n", "fd.num = 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := compiled(tt.items, "fd.num = 1"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
