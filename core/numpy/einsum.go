package numpy

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// einsumSymbol is the i-th label that stands for an axis without a name.
func einsumSymbol(i int) rune {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if i < len(letters) {
		return rune(letters[i])
	}
	if i >= 55296 { // beyond the surrogates
		return rune(i + 2048)
	}
	return rune(i + 140)
}

// impliedOutput are the labels that occur once, sorted.
func impliedOutput(inputs string) string {
	s := strings.ReplaceAll(inputs, ",", "")
	var out []rune
	for _, r := range s {
		if strings.Count(s, string(r)) == 1 {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return string(out)
}

// parseEinsum gives the labels of the operands and of the result, with letters for what '...' stands for.
func parseEinsum(subscripts string, shapes [][]int) (inputs []string, output string) {
	subscripts = strings.ReplaceAll(subscripts, " ", "")
	if strings.ContainsAny(subscripts, "->") &&
		(strings.Count(subscripts, "-") > 1 || strings.Count(subscripts, ">") > 1 || strings.Count(subscripts, "->") != 1) {
		core.Errorf(core.ValueError, "Subscripts can only contain one '->'.")
	}
	in, output, explicit := strings.Cut(subscripts, "->")
	inputs = strings.Split(in, ",")
	switch {
	case strings.Contains(subscripts, "."):
		ellipsis := expandEllipses(subscripts, inputs, shapes)
		if explicit {
			output = strings.ReplaceAll(output, "...", ellipsis)
		} else {
			named := labels(impliedOutput(strings.Join(inputs, ","))).drop(labels(ellipsis))
			output = ellipsis + string(named)
		}
	case !explicit:
		output = impliedOutput(in)
	}
	all := strings.Join(inputs, "")
	for _, r := range output {
		if strings.Count(output, string(r)) != 1 {
			core.Errorf(core.ValueError, "Output character '%c' appeared more than once in the output.", r)
		}
		if !strings.ContainsRune(all, r) {
			core.Errorf(core.ValueError, "Output character '%c' did not appear in the input", r)
		}
	}
	if len(inputs) != len(shapes) {
		core.Errorf(core.ValueError, "Number of einsum subscripts, %d, must be equal to the number of operands, %d.", len(inputs), len(shapes))
	}
	return inputs, output
}

// expandEllipses replaces '...' in the inputs by labels, the same ones for axes that broadcast, and gives those of the
// longest.
func expandEllipses(subscripts string, inputs []string, shapes [][]int) string {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	var unused []rune
	for i := 0; len(unused) < rank; i++ {
		if r := einsumSymbol(i); !strings.ContainsRune(subscripts, r) {
			unused = append(unused, r)
		}
	}
	longest := 0
	for i, s := range inputs {
		if !strings.Contains(s, ".") {
			continue
		}
		if strings.Count(s, ".") != 3 || strings.Count(s, "...") != 1 {
			core.Errorf(core.ValueError, "Invalid Ellipses.")
		}
		if i >= len(shapes) {
			core.Errorf(core.IndexError, "list index out of range")
		}
		n := 0
		if len(shapes[i]) > 0 {
			n = len(shapes[i]) - len([]rune(s)) + 3
		}
		if n < 0 {
			core.Errorf(core.ValueError, "Ellipses lengths do not match.")
		}
		longest = max(longest, n)
		inputs[i] = strings.Replace(s, "...", string(unused[rank-n:]), 1)
	}
	return string(unused[rank-longest:])
}

// labelSizes checks the operands' shapes against their labels; axes of size 1 broadcast.
func labelSizes(inputs []string, shapes [][]int) map[rune]int {
	size := map[rune]int{}
	for i, in := range inputs {
		rs := []rune(in)
		if len(rs) != len(shapes[i]) {
			core.Errorf(core.ValueError, "Einstein sum subscript '%s' does not contain the correct number of indices for operand %d.", in, i)
		}
		for k, r := range rs {
			n := shapes[i][k]
			switch m, ok := size[r]; {
			case !ok || m == 1:
				size[r] = n
			case n != 1 && n != m:
				core.Errorf(core.ValueError, "Size of label '%c' for operand %d (%d) does not match previous terms (%d).", r, i, m, n)
			}
		}
	}
	return size
}

// A contraction replaces the operands at some positions by their product, at the end of the list.
type contraction struct {
	at     []int // descending
	inputs []string
	output string
}

// contractions are the steps of an einsum in the order of path.
func contractions(inputs []string, output string, path []step) []contraction {
	inputs = slices.Clone(inputs)
	var cs []contraction
	for k, s := range path {
		c := contraction{at: slices.Clone([]int(s)), output: output}
		slices.Sort(c.at)
		slices.Reverse(c.at)
		for _, i := range c.at {
			if i < 0 || i >= len(inputs) {
				core.Errorf(core.IndexError, "pop index out of range")
			}
			c.inputs = append(c.inputs, inputs[i])
			inputs = slices.Delete(inputs, i, i+1)
		}
		if k < len(path)-1 { // labels that are used later, in the order of the operands
			later := output + strings.Join(inputs, "")
			var out []rune
			for _, r := range strings.Join(c.inputs, "") {
				if strings.ContainsRune(later, r) && !slices.Contains(out, r) {
					out = append(out, r)
				}
			}
			c.output = string(out)
		}
		inputs = append(inputs, c.output)
		cs = append(cs, c)
	}
	return cs
}

// An einsumPath is the argument optimize: a path, or the name of an algorithm.
type einsumPath struct {
	name string
	path []step
}

func einsumPathOf(g *core.Arg) einsumPath {
	switch g.Kind {
	case core.ArgNone:
		return einsumPath{name: "auto"}
	case core.ArgBool:
		if g.I != 0 {
			return einsumPath{name: "optimal"}
		}
		return einsumPath{}
	case core.ArgStr:
		return einsumPath{name: strings.Clone(g.S)}
	case core.ArgSeq:
		p := einsumPath{path: []step{}}
		for i := range g.Items {
			p.path = append(p.path, itemInts(&g.Items[i]))
		}
		return p
	}
	core.Errorf(core.TypeError, "einsum: optimize must be a bool, a string or a path, got %s", g.Describe())
	return einsumPath{}
}

// steps are the steps of the path for the given operands.
func (p einsumPath) steps(inputs []string, output string, size map[rune]int) []step {
	n := len(inputs)
	switch {
	case p.path != nil:
		return p.path
	case n <= 2:
		return []step{upTo(n)}
	case p.name == "": // not optimized
		return slices.Repeat([]step{{0, 1}}, n-1)
	}
	net := network{output: labelsOf(output), size: size}
	for _, in := range inputs {
		net.inputs = append(net.inputs, labelsOf(in))
	}
	return linear(net.search(p.name), n)
}

// Einsum is the Einstein sum of the operands.
func Einsum(subscripts string, operands []Value, p Product) Value {
	return einsum(subscripts, operands, einsumPath{name: "auto"}, p)
}

func einsum(subscripts string, operands []Value, path einsumPath, p Product) Value {
	shapes := make([][]int, len(operands))
	for i, x := range operands {
		shapes[i] = x.Aval().Shape
	}
	inputs, output := parseEinsum(subscripts, shapes)
	steps := path.steps(inputs, output, labelSizes(inputs, shapes))
	d, weak := p.result(operands...)
	p.Preferred = d
	operands = slices.Clone(operands)
	for _, c := range contractions(inputs, output, steps) {
		xs := make([]factor, len(c.at))
		for k, i := range c.at {
			xs[k] = factor{operands[i], []rune(c.inputs[k]), d}
			operands = slices.Delete(operands, i, i+1)
		}
		var z factor
		switch len(xs) {
		case 1:
			z = xs[0].alone([]rune(c.output))
		case 2:
			z = xs[0].times(xs[1], []rune(c.output), p)
		default:
			core.Errorf(core.NotImplementedError, "jax.numpy.einsum does not support simultaneous contraction of 3 or more operands. Typically this means you've passed an unsupported path to the einsum optimize parameter.")
		}
		perm := make([]int, len(z.names))
		for i, r := range []rune(c.output) {
			perm[i] = slices.Index(z.names, r)
		}
		operands = append(operands, lax.Transpose(z.x, perm))
	}
	return Convert(operands[0], d, weak)
}

// A factor is an operand of a contraction with the labels of its axes. d is the dtype of the result.
type factor struct {
	x     Value
	names []rune
	d     DType
}

func countRune(rs []rune, r rune) (n int) {
	for _, q := range rs {
		if q == r {
			n++
		}
	}
	return n
}

// summed are the sorted labels of xs that the result does not have.
func summed(output []rune, xs ...factor) []rune {
	var out []rune
	for _, f := range xs {
		for _, r := range f.names {
			if !slices.Contains(output, r) && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	slices.Sort(out)
	return out
}

// sum sums over axes, of booleans whether any is true.
func (f factor) sum(axes []int) factor {
	if d, _ := resultType(f.x, core.NewLiteral(f.d, 0, false)); d != f.x.Aval().DType {
		f.x = AsType(f.x, f.d)
	}
	if f.x.Aval().DType.IsBool() {
		f.x = lax.ReduceOr(f.x, axes)
	} else {
		f.x = lax.ReduceSum(f.x, axes)
	}
	var names []rune
	for i, r := range f.names {
		if !slices.Contains(axes, i) {
			names = append(names, r)
		}
	}
	f.names = names
	return f
}

// sumUniques sums over the labels in uniques, each of which f has once.
func (f factor) sumUniques(uniques []rune) factor {
	if len(uniques) == 0 {
		return f
	}
	axes := make([]int, len(uniques))
	for i, r := range uniques {
		axes[i] = slices.Index(f.names, r)
	}
	return f.sum(axes)
}

// sumRepeats takes the diagonals over axes with equal labels, and sums over those that keep lacks. names are f's
// labels before sums.
func (f factor) sumRepeats(names, keep []rune) factor {
	for i, r := range names {
		if slices.Contains(names[:i], r) || countRune(names, r) < 2 {
			continue
		}
		var axes []int
		for k, q := range f.names {
			if q == r {
				axes = append(axes, k)
			}
		}
		f.x = lax.Select(delta(f.x.Aval().Shape, axes), f.x, lax.FullLike(f.x, 0))
		if slices.Contains(keep, r) { // the last one of equal labels stays
			axes = axes[:len(axes)-1]
		}
		f = f.sum(axes)
	}
	return f
}

// delta is true where the indices along axes are equal.
func delta(shape, axes []int) Value {
	base := make([]int, len(axes))
	for i, a := range axes {
		base[i] = shape[a]
	}
	iotas := make([]Value, len(axes))
	for i := range iotas {
		iotas[i] = lax.BroadcastedIota(dtype.Uint32, base, i)
	}
	eye := lax.Eq(iotas[0], iotas[1])
	for i := 2; i < len(iotas); i++ {
		eye = lax.And(eye, lax.Eq(iotas[i-1], iotas[i]))
	}
	return lax.BroadcastInDim(eye, shape, axes)
}

// squeezed drops axes of size 1 that broadcast with axes of the other factor.
func (f factor) squeezed(other factor) factor {
	var drop []int
	var names []rune
	for i, r := range f.names {
		if j := slices.Index(other.names, r); f.x.Aval().Shape[i] == 1 && j >= 0 && other.x.Aval().Shape[j] != 1 {
			drop = append(drop, i)
		} else {
			names = append(names, r)
		}
	}
	f.x, f.names = lax.Squeeze(f.x, drop), names
	return f
}

// alone sums a single operand down to the labels of the result.
func (f factor) alone(output []rune) factor {
	names := f.names
	var uniques []rune
	for _, r := range summed(output, f) {
		if countRune(names, r) == 1 {
			uniques = append(uniques, r)
		}
	}
	return f.sumUniques(uniques).sumRepeats(names, output)
}

// times contracts two operands by a dot_general. Labels that only one of them has are summed before.
func (f factor) times(g factor, output []rune, p Product) factor {
	contracted := summed(output, f, g)
	f = f.squeezed(g)
	g = g.squeezed(f)
	fNames, gNames := f.names, g.names
	only := func(names, others []rune) (out []rune) {
		for _, r := range contracted {
			if countRune(names, r) == 1 && !slices.Contains(others, r) {
				out = append(out, r)
			}
		}
		return out
	}
	fOnly, gOnly := only(fNames, gNames), only(gNames, fNames)
	f = f.sumUniques(fOnly)
	g = g.sumUniques(gOnly)
	f = f.sumRepeats(fNames, slices.Concat(output, g.names))
	g = g.sumRepeats(gNames, slices.Concat(output, f.names))

	var batch, inner []rune
	var dims lax.DotDims
	dims.LhsBatch, dims.RhsBatch, dims.LhsContract, dims.RhsContract = []int{}, []int{}, []int{}, []int{}
	for _, r := range output {
		if i, j := slices.Index(f.names, r), slices.Index(g.names, r); i >= 0 && j >= 0 {
			batch = append(batch, r)
			dims.LhsBatch, dims.RhsBatch = append(dims.LhsBatch, i), append(dims.RhsBatch, j)
		}
	}
	for _, r := range contracted {
		i, j := slices.Index(f.names, r), slices.Index(g.names, r)
		if i < 0 && j < 0 {
			continue
		}
		if i < 0 || j < 0 || f.x.Aval().Shape[i] != g.x.Aval().Shape[j] {
			core.Errorf(core.AssertionError, "Incompatible reduction dimensions: lhs.shape=%s lhs_names=%s rhs.shape=%s rhs_names=%s", core.ShapeString(f.x.Aval().Shape), string(f.names), core.ShapeString(g.x.Aval().Shape), string(g.names))
		}
		inner = append(inner, r)
		dims.LhsContract, dims.RhsContract = append(dims.LhsContract, i), append(dims.RhsContract, j)
	}
	free := func(names []rune) (out []rune) {
		for _, r := range names {
			if !slices.Contains(batch, r) && !slices.Contains(inner, r) {
				out = append(out, r)
			}
		}
		return out
	}
	names := slices.Concat(batch, free(g.names), free(f.names))
	if slices.Equal(names, output) { // the other order spares a transpose
		dims = lax.DotDims{LhsContract: dims.RhsContract, RhsContract: dims.LhsContract, LhsBatch: dims.RhsBatch, RhsBatch: dims.LhsBatch}
		return factor{lax.DotGeneral(g.x, f.x, dims, p.Precision, p.Preferred), names, f.d}
	}
	names = slices.Concat(batch, free(f.names), free(g.names))
	return factor{lax.DotGeneral(f.x, g.x, dims, p.Precision, p.Preferred), names, f.d}
}

func init() {
	// subscripts, operands, optimize, precision, preferred_element_type
	core.Export1("jnp.einsum", "sXsss", func(a *core.Args) Value {
		return einsum(a.Str(0), a.Xs(1), einsumPathOf(&a.List[2]), productArgs(a, 3))
	})
}
