package core_test

import (
	"os/exec"
	"strings"
	"testing"
)

// order lists the packages of the module from the bottom up; a package imports
// only packages before it. It is a statement of policy.
var order = strings.Fields(`
	core/dtype
	core/stablehlo
	core
	core/tree
	core/lax
	core/numpy
	core/random
	core/nn
	core/linalg
	transforms/ad
	transforms/batch
	transforms/partial
	transforms/jit
	lowering/pjrt
	lowering/pjrt/internal/ctest
	lowering/arrow
	lowering/npy
	lowering/lapack
	lowering/hlo
	lowering
	lowering/lowertest
	pybind
	tests/golden
`)

func TestImportOrder(t *testing.T) {
	const module = "github.com/jaxgo/jaxgo/"
	rank := map[string]int{}
	for i, p := range order {
		rank[module+p] = i + 1
	}
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = ".."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		pkg, imports := f[0], f[1:]
		if rank[pkg] == 0 {
			t.Errorf("%s is missing from the order", strings.TrimPrefix(pkg, module))
			continue
		}
		for _, p := range imports {
			if strings.HasPrefix(p, module) && rank[p] >= rank[pkg] {
				t.Errorf("%s must not import %s", strings.TrimPrefix(pkg, module), strings.TrimPrefix(p, module))
			}
		}
	}
}
