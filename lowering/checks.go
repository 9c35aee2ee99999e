package lowering

import (
	"math"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// Checks say what no result of a program may be. They hold for programs compiled after they were set.
var Checks checks

type checks struct{ NaN, Inf bool }

// checkResults waits for the results of a program and refuses those that Checks name.
func checkResults(program string, outs []*Array) {
	for _, a := range outs {
		d := a.Aval().DType
		if !d.IsInexact() {
			continue
		}
		b, size := toHost(a), d.Size()
		nan, inf := false, false
		for ; len(b) >= size && size > 0; b = b[size:] {
			re, im, _, _ := dtype.Scalar(d, b)
			nan = nan || math.IsNaN(re) || math.IsNaN(im)
			inf = inf || math.IsInf(re, 0) || math.IsInf(im, 0)
		}
		if nan && Checks.NaN || inf && Checks.Inf {
			what := "nan"
			if !nan || !Checks.NaN {
				what = "inf"
			}
			for _, o := range outs {
				core.Own(o)
			}
			core.Errorf(core.FloatingPointError, "invalid value (%s) encountered in %s", what, program[strings.LastIndexByte(program, '.')+1:])
		}
	}
}
