package numpy

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// nestedArray joins a nested sequence with arrays among its leaves: jnp.array of lists.
func nestedArray(items []core.Arg, d DType) Value {
	if d == dtype.Invalid {
		var leaves []Value
		collectLeaves(items, &leaves)
		d, _ = latticeN(leaves)
	}
	return joinNested(items, d)
}

func collectLeaves(items []core.Arg, out *[]Value) {
	for i := range items {
		if items[i].Kind == core.ArgSeq {
			collectLeaves(items[i].Items, out)
			continue
		}
		*out = append(*out, leafOf(&items[i]))
	}
}

func leafOf(g *core.Arg) Value {
	v := g.Operand()
	if v == nil {
		core.Errorf(core.TypeError, "array requires ndarray or scalar arguments, got %s", g.Describe())
	}
	return v
}

func joinNested(items []core.Arg, d DType) Value {
	if len(items) == 0 {
		return fill([]int{0}, literal(d, 0))
	}
	rows := make([]Value, len(items))
	for i := range items {
		if g := &items[i]; g.Kind == core.ArgSeq {
			rows[i] = joinNested(g.Items, d)
		} else {
			rows[i] = Convert(leafOf(g), d, false)
		}
		rows[i] = lax.ExpandDims(rows[i], 0)
	}
	// XLA is slow to compile wide concatenations, so many rows are joined in a tree.
	const wide = 16
	for len(rows) > wide {
		var joined []Value
		for len(rows) > 0 {
			n := min(wide, len(rows))
			joined = append(joined, lax.Concatenate(rows[:n], 0))
			rows = rows[n:]
		}
		rows = joined
	}
	return lax.Concatenate(rows, 0)
}

func init() {
	// nested sequence, dtype or None
	core.Export1("jnp.nested_array", "Xs", func(a *core.Args) Value { return nestedArray(a.Seq(0), a.DType(1)) })
}

// EinsumPath is the order in which einsum contracts operands of the given shapes, and how many multiplications that takes
// against contracting all of them at once.
func EinsumPath(subscripts string, shapes [][]int, optimize *core.Arg) (path [][]int, contracted []string, naive, best float64) {
	inputs, output := parseEinsum(subscripts, shapes)
	size := labelSizes(inputs, shapes)
	steps := einsumPathOf(optimize).steps(inputs, output, size)
	all := map[rune]bool{}
	for _, in := range inputs {
		for _, r := range in {
			all[r] = true
		}
	}
	naive = cost(all, size) * float64(max(len(inputs), 1))
	for _, c := range contractions(inputs, output, steps) {
		seen := map[rune]bool{}
		for _, in := range c.inputs {
			for _, r := range in {
				seen[r] = true
			}
		}
		best += cost(seen, size) * float64(max(len(c.inputs), 1))
		text := ""
		for i, in := range c.inputs {
			if i > 0 {
				text += ","
			}
			text += in
		}
		contracted = append(contracted, text+"->"+c.output)
	}
	for _, s := range steps {
		path = append(path, s)
	}
	return path, contracted, naive, best
}

func cost(labels map[rune]bool, size map[rune]int) float64 {
	n := 1.0
	for r := range labels {
		n *= float64(size[r])
	}
	return n
}
