package random

import (
	"math"
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// Bernoulli is true with probability p. Mode "high" resolves small probabilities with twice as many bits.
func Bernoulli(key, p Value, shape []int, mode string) Value {
	d := p.Aval().DType
	if !d.IsFloating() {
		core.Errorf(core.TypeError, "bernoulli probability `p` must have a floating dtype, got %s.", d.Name())
	}
	return call("_bernoulli", statics(shape, d, mode), func(in []Value) Value {
		key, p := in[0], in[1]
		if mode == "high" {
			u := lax.Unstack(unit(key, append([]int{2}, shape...), d))
			fine := jnp.Multiply(u[1], weak(math.Ldexp(1, -dtype.Limits(d).Nmant)))
			return jnp.Less(fine, jnp.Subtract(p, u[0]))
		}
		return jnp.Less(unit(key, shape, d), p)
	}, key, jnp.Convert(p, d, false))
}

// Rademacher draws -1 and 1.
func Rademacher(key Value, shape []int, d DType) Value {
	return call("_rademacher", statics(shape, d), func(in []Value) Value {
		b := jnp.AsType(Bernoulli(in[0], weak(0.5), shape, "low"), d)
		return jnp.AsType(jnp.Subtract(jnp.Multiply(weakInt(2), b), weakInt(1)), d)
	}, key)
}

// Categorical draws indices along an axis of logits, with or without replacement.
func Categorical(key, logits Value, axis int, shape []int, given, replace bool, mode string) Value {
	a := logits.Aval()
	n := a.Ndim()
	if axis < -n || axis >= n {
		core.Errorf(core.IndexError, "index %d is out of bounds for axis 0 with size %d", axis, n)
	}
	at := (axis + n) % n
	batch := slices.Delete(slices.Clone(a.Shape), at, at+1)
	if !given {
		shape = batch
	} else {
		checkShape("categorical", shape, batch)
	}
	prefix := shape[:len(shape)-len(batch)]
	if replace {
		noise := slices.Insert(slices.Clone(shape[len(prefix):]), at, a.Shape[at])
		g := Gumbel(key, append(slices.Clone(prefix), noise...), a.DType, mode)
		lifted := logits
		if len(prefix) > 0 {
			lifted = lax.ExpandDims(logits, upTo(len(prefix))...)
		}
		last := at - n
		return jnp.Argmax(jnp.Add(g, lifted), &last, false)
	}
	logits = jnp.Add(logits, Gumbel(key, a.Shape, a.DType, mode))
	k := 1
	for _, m := range prefix {
		k *= m
	}
	if k > a.Shape[at] {
		core.Errorf(core.ValueError, "Number of samples without replacement (%d) cannot exceed number of categories (%d).", k, a.Shape[at])
	}
	_, indices := lax.TopK(lax.MoveAxis(logits, at, n-1), k, n-1)
	return lax.Reshape(lax.MoveAxis(indices, n-1, 0), shape)
}

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// take is jnp.take along an axis. unique says that the indices differ.
func take(x, indices Value, axis int, unique bool) Value {
	key := statics([]int{axis}, dtype.Invalid, strconv.FormatBool(unique))
	return call("_take", key, func(in []Value) Value {
		x, i := in[0], in[1]
		sizes, m := slices.Clone(x.Aval().Shape), in[1].Aval().Ndim()
		i = jnp.Where(jnp.Less(i, weakInt(0)), jnp.Add(i, weakInt(int64(sizes[axis]))), i)
		sizes[axis] = 1
		dims := lax.GatherDims{CollapsedSliceDims: []int{axis}, StartIndexMap: []int{axis}}
		for k := range len(sizes) - 1 {
			if k >= axis {
				k += m
			}
			dims.OffsetDims = append(dims.OffsetDims, k)
		}
		return lax.Gather(x, lax.ExpandDims(i, m), dims, sizes, lax.GatherOpts{UniqueIndices: unique, Mode: lax.FillOrDrop})
	}, x, indices)
}

// A population is what Choice takes from: the numbers below N, or an array along an axis.
type population struct {
	array Value // nil: numbers
	n     int
	axis  int
}

// take gives the members at the indices.
func (p population) take(indices Value) Value {
	if p.array == nil {
		return indices
	}
	return take(p.array, indices, p.axis, false)
}

// shape is the shape of a choice of the given shape.
func (p population) shape(draws []int) []int {
	if p.array == nil {
		return draws
	}
	s := p.array.Aval().Shape
	return slices.Concat(s[:p.axis], draws, s[p.axis+1:])
}

func (p population) choose(key Value, shape []int, replace bool, prob Value, mode string) Value {
	draws := 1
	for _, m := range shape {
		draws *= m
	}
	d := defaultInt()
	if p.array != nil {
		d = p.array.Aval().DType
	}
	switch {
	case draws == 0:
		return jnp.Zeros(shape, d)
	case p.n <= 0:
		core.Errorf(core.ValueError, "a must be greater than 0 unless no samples are taken")
	case !replace && draws > p.n:
		core.Errorf(core.ValueError, "Cannot take a larger sample (size %d) than population (size %d) when 'replace=False'", draws, p.n)
	}
	var result Value
	switch {
	case prob == nil && replace:
		result = p.take(Randint(key, shape, weakInt(0), weakInt(int64(p.n)), defaultInt()))
	case prob == nil && p.array == nil:
		result = lax.Slice(PermutationOf(key, p.n), []int{0}, []int{draws}, nil)
	case prob == nil:
		result = Permutation(key, p.array, p.axis, false)
		hi := slices.Clone(result.Aval().Shape)
		hi[p.axis] = draws
		result = lax.Slice(result, make([]int, len(hi)), hi, nil)
	default:
		prob = jnp.PromoteDTypesInexact(prob)[0]
		if s := prob.Aval().Shape; !slices.Equal(s, []int{p.n}) {
			core.Errorf(core.ValueError, "p must be None or a 1D vector with the same size as a.shape[axis]. p has shape %s and a.shape[axis] is %d.", core.ShapeString(s), p.n)
		}
		result = p.take(p.weighted(key, shape, draws, replace, prob, mode))
	}
	return lax.Reshape(result, p.shape(shape))
}

// weighted draws indices with the given probabilities.
func (p population) weighted(key Value, shape []int, draws int, replace bool, prob Value, mode string) Value {
	d := prob.Aval().DType
	if replace {
		sums := jnp.Cumsum(prob, jnp.Cumulative{Flat: true})
		r := jnp.Multiply(at(sums, p.n-1), jnp.Subtract(weakInt(1), unit(key, shape, d)))
		return jnp.AsType(jnp.Searchsorted(sums, r, "left", "scan"), defaultInt())
	}
	// The greatest of perturbed logits are a sample without replacement.
	g := jnp.Add(Gumbel(key, []int{p.n}, d, mode), jnp.Log(prob))
	_, indices := lax.TopK(g, draws, 0)
	return jnp.AsType(indices, defaultInt())
}

func init() {
	// bernoulli takes key, p, shape, mode.
	core.Export1("random.bernoulli", "xoss", func(a *core.Args) Value {
		mode := a.Str(3)
		if mode == "" {
			mode = "low"
		}
		if mode != "low" && mode != "high" {
			core.Errorf(core.ValueError, "got mode='%s', expected 'high' or 'low'", mode)
		}
		k := key(a)
		p := a.Opt(1)
		if p == nil {
			p = weak(0.5)
		}
		return Bernoulli(k, p, broadcastShape(a, "bernoulli", 2, p), mode)
	})
	// rademacher takes key, shape, dtype.
	core.Export1("random.rademacher", "xss", func(a *core.Args) Value {
		k := key(a)
		return Rademacher(k, shapeOr(a, 1), dtypeOr(a, 2, defaultInt()))
	})
	// categorical takes key, logits, axis, shape, replace, mode.
	core.Export1("random.categorical", "xxssss", func(a *core.Args) Value {
		k := key(a)
		shape, given := shapeArg(a, 3)
		return Categorical(k, a.X(1), a.IntOr(2, -1), shape, given, a.IsNone(4) || a.Bool(4), a.Str(5))
	})
	// choice takes key, a, shape, replace, p, axis, mode. a is an array with axes, or a Python int.
	core.Export1("random.choice", "xcssoss", func(a *core.Args) Value {
		k := key(a)
		if !a.IsNone(2) && a.List[2].Kind != core.ArgSeq {
			core.Errorf(core.TypeError, "shape argument of jax.random.choice must be a sequence, got %s", repr(&a.List[2]))
		}
		var p population
		var isInt bool
		if p.n, isInt = count(a, 1, "choice", "The error occurred in jax.random.choice()"); !isInt {
			p.array = a.X(1)
			s := p.array.Aval().Shape
			p.axis = normAxis(a.IntOr(5, 0), len(s))
			p.n = s[p.axis]
		}
		return p.choose(k, shapeOr(a, 2), a.IsNone(3) || a.Bool(3), a.Opt(4), a.Str(6))
	})
}
