package lax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// ScanParams are the parameters of scan, whose operands are the body's constants, the initial carry and the arrays that
// it goes along.
type ScanParams struct {
	Jaxpr     *core.ClosedJaxpr // (constants, carry, slices of xs) -> (carry, slices of ys)
	Length    int
	NumCarry  int
	NumConsts int
	Reverse   bool
	Unroll    int // iterations of the body in one of the loop; 0: no loop at all
}

var scanOp = core.Declare[ScanParams]("scan")

// Scan applies f to the carry and to slices of xs along axis 0, one after the other, and stacks the second results. A
// negative length is that of xs.
func Scan(f func(carry, x []Value) (next, y []Value), init, xs []Value, length int, reverse bool, unroll int) (carry, ys []Value) {
	length = ScanLength(xs, length)
	for {
		n, k := len(init), 0
		avals := avalsOf(init)
		for _, x := range xs {
			avals = append(avals, x.Aval().WithShape(x.Aval().Shape[1:]))
		}
		j := core.MakeJaxpr("scan", "scan", avals, func(in []Value) []Value {
			c, y := f(in[:n], in[n:])
			k = len(c)
			return concat(c, y)
		})
		if again, changed := PromoteCarry(init, j.OutAvals()[:k]); changed {
			j.Drop()
			init = again
			continue
		}
		CheckCarry("scan body", "", nil, avals[:n], j.OutAvals()[:k])
		j, consts := separate(j)
		return ScanJaxpr(ScanParams{Jaxpr: j, Length: length, NumCarry: n, Reverse: reverse, Unroll: unroll}, consts, init, xs)
	}
}

// ScanLength is the number of iterations: length, or that of xs if it is negative.
func ScanLength(xs []Value, length int) int {
	var without, sizes []string
	differ := false
	for _, x := range xs {
		s := x.Aval().Shape
		if len(s) == 0 {
			without = append(without, x.Aval().Name())
			continue
		}
		sizes = append(sizes, itoa(s[0]))
		differ = differ || sizes[0] != sizes[len(sizes)-1]
	}
	switch {
	case without != nil:
		core.Errorf(core.ValueError, "scan got value with no leading axis to scan over: %s.", strings.Join(without, ", "))
	case length >= 0:
		for _, x := range xs {
			if x.Aval().Shape[0] != length {
				core.Errorf(core.ValueError, "scan got `length` argument of %d which disagrees with leading axis sizes [%s].", length, strings.Join(sizes, ", "))
			}
		}
		return length
	case differ:
		core.Errorf(core.ValueError, "scan got values with different leading axis sizes: %s.", strings.Join(sizes, ", "))
	case len(xs) == 0:
		core.Errorf(core.ValueError, "scan got no values to scan over and `length` not provided.")
	}
	return xs[0].Aval().Shape[0]
}

// ScanJaxpr is Scan of a jaxpr without constants, with the values of its leading inputs; p.NumConsts need not be set.
func ScanJaxpr(p ScanParams, consts, init, xs []Value) (carry, ys []Value) {
	if p.Unroll < 0 {
		core.Errorf(core.ValueError, "`unroll` must be a `bool` or a non-negative `int`.")
	}
	nc, nk, nx := len(consts), len(init), len(xs)
	ny := len(p.Jaxpr.Out) - nk
	fwd := forwarding(p.Jaxpr.Jaxpr)
	// A carry that the body returns as it was is a constant: under vmap and grad it then needs no copy an iteration.
	move := make([]bool, nk)
	for i := range move {
		move[i] = fwd[i] == nc+i
	}
	keep := not(move)
	// A result that is a slice of xs need not be stacked again.
	stack := make([]bool, ny)
	for i := range stack {
		stack[i] = fwd[nk+i] < nc+nk
	}
	p.Jaxpr = reorder(p.Jaxpr, concat(where(move, nc), iota(nc), where(keep, nc), span(nc+nk, nc+nk+nx)), concat(where(keep, 0), where(stack, nk)))
	p.NumConsts, p.NumCarry = nc+count(move), count(keep)
	out := scanOp.Bind(p, concat(pick(init, move), consts, pick(init, keep), xs)...)
	carry, ys = spread(out[:p.NumCarry], keep), spread(out[p.NumCarry:], stack)
	for i, m := range move {
		if m {
			carry[i] = init[i]
		}
	}
	for i, s := range stack {
		if !s {
			ys[i] = xs[fwd[nk+i]-nc-nk]
		}
	}
	return carry, ys
}

// numYs is the number of stacked results.
func (p ScanParams) numYs() int { return len(p.Jaxpr.Out) - p.NumCarry }

// bind applies the scan with other constants, carry and xs than p's.
func (p ScanParams) bind(j *core.ClosedJaxpr, reverse bool, consts, init, xs []Value) []Value {
	q := ScanParams{Jaxpr: j, Length: p.Length, NumCarry: len(init), NumConsts: len(consts), Reverse: reverse, Unroll: p.Unroll}
	return scanOp.Bind(q, concat(consts, init, xs)...)
}

// stacked is the aval of length slices of a.
func stacked(a *core.Aval, length int) *core.Aval {
	return a.WithShape(concat([]int{length}, a.Shape))
}

func init() {
	scanOp.Define(core.Rules[ScanParams]{
		Doc: "Loop along the leading axis of arrays, with a carry.",
		Abstract: func(p ScanParams, in []*core.Aval) []*core.Aval {
			if len(in) != len(p.Jaxpr.In) {
				core.Errorf(core.ValueError, "scan number of arguments doesn't match the number of jaxpr arguments: %d vs %d", len(in), len(p.Jaxpr.In))
			}
			out := slices.Clone(p.Jaxpr.OutAvals())
			for i := p.NumCarry; i < len(out); i++ {
				out[i] = stacked(out[i], p.Length)
			}
			return out
		},
		JVP:       scanJVP,
		Linearize: scanLinearize,
		Transpose: scanTranspose,
		Batch: func(c core.BatchCtx, p ScanParams, in []Value, dims []int) ([]Value, []int) {
			nc, nk := p.NumConsts, p.NumCarry
			batched := make([]bool, len(in))
			for i, d := range dims {
				batched[i] = d != core.Unmapped
			}
			var j *core.ClosedJaxpr
			var outB []bool
			carryB := fixpoint(batched[nc:nc+nk], func(b []bool) []bool {
				j, outB = c.BatchJaxpr(p.Jaxpr, concat(batched[:nc], b, batched[nc+nk:]), concat(b, make([]bool, p.numYs())))
				return outB[:nk]
			})
			in = slices.Clone(in)
			for i, d := range dims {
				switch {
				case i >= nc && i < nc+nk && carryB[i-nc]:
					in[i] = batchOne(in[i], d, c.Size())
				case d == core.Unmapped:
				case i < nc:
					in[i] = MoveAxis(in[i], d, 0)
				default:
					in[i] = MoveAxis(in[i], d, 1)
				}
			}
			j, consts := Hoist(j)
			out := p.bind(j, p.Reverse, concat(consts, in[:nc]), in[nc:nc+nk], in[nc+nk:])
			outDims := FrontDims(outB)
			for i := nk; i < len(outDims); i++ {
				if outB[i] {
					outDims[i] = 1
				}
			}
			return out, outDims
		},
		Lower: lowerScan,
		DCE: func(p ScanParams, used []bool) (ScanParams, []bool, []bool) {
			nc, nk := p.NumConsts, p.NumCarry
			var j *core.ClosedJaxpr
			var usedIn []bool
			carry := fixpoint(used[:nk], func(mask []bool) []bool {
				j, usedIn = core.DCEJaxpr(p.Jaxpr, concat(mask, used[nk:]))
				return usedIn[nc : nc+nk]
			})
			// A carry that is used after the loop alone still goes through it.
			usedIn = concat(usedIn[:nc], carry, usedIn[nc+nk:])
			q := p
			q.Jaxpr = reorder(j, where(usedIn, 0), iota(len(j.Out)))
			q.NumConsts, q.NumCarry = count(usedIn[:nc]), count(carry)
			return q, usedIn, concat(carry, used[nk:])
		},
	})
}

func scanJVP(c core.JVPCtx, p ScanParams, x, t []Value) ([]Value, []Value) {
	nc, nk, ny := p.NumConsts, p.NumCarry, p.numYs()
	nx := len(x) - nc - nk
	nz := nonzero(t)
	var j *core.ClosedJaxpr
	var outNZ []bool
	carryNZ := fixpoint(nz[nc:nc+nk], func(m []bool) []bool {
		j, outNZ = c.JVPJaxpr(p.Jaxpr, concat(nz[:nc], m, nz[nc+nk:]), concat(m, make([]bool, ny)))
		return outNZ[:nk]
	})
	dot := instantiated(t, concat(nz[:nc], carryNZ, nz[nc+nk:]), avalsOf(x))
	cdot, kdot, xdot := compact(dot[:nc]), compact(dot[nc:nc+nk]), compact(dot[nc+nk:])

	j, hoisted := Hoist(j)
	h, dc, dk, dy := len(hoisted), len(cdot), len(kdot), count(outNZ[nk:])
	at := h + len(x) // where the tangents begin among the inputs of j
	j = reorder(j,
		concat(iota(h+nc), span(at, at+dc), span(h+nc, h+nc+nk), span(at+dc, at+dc+dk), span(h+nc+nk, h+nc+nk+nx), span(at+dc+dk, at+dc+dk+len(xdot))),
		concat(iota(nk), span(nk+ny, nk+ny+dk), span(nk, nk+ny), span(nk+ny+dk, nk+ny+dk+dy)))
	out := p.bind(j, p.Reverse, concat(hoisted, x[:nc], cdot), concat(x[nc:nc+nk], kdot), concat(x[nc+nk:], xdot))
	carry, kdot, ys, ydot := out[:nk], out[nk:nk+dk], out[nk+dk:nk+dk+ny], out[nk+dk+ny:]
	return concat(carry, ys), spread(concat(kdot, ydot), outNZ)
}

// A scanForward is the forward pass of a linearized scan: its body, and where the residuals are found after it.
type scanForward struct {
	pre  *core.ClosedJaxpr // what depends on constants alone, computed once
	body *core.ClosedJaxpr // takes the results of pre marked in need, the constants marked in read, carry and slices
	need []bool
	read []bool
	res  []scanResidual
	ext  []bool // which residuals are stacked, one slice an iteration
}

// A scanResidual is an operand of the scan (its number counts hoisted constants), a result of it, or one of pre.
type scanResidual struct {
	from  residualSource
	index int
}

type residualSource uint8

const (
	resOperand residualSource = 0
	resResult  residualSource = 1
	resPre     residualSource = 2
)

// splitScan makes the body of the forward scan from the forward jaxpr of the linearized body, whose nh leading inputs
// are its constants.
func splitScan(l *core.Linearized, h *core.ClosedJaxpr, nh int, p ScanParams) *scanForward {
	nc, nk := nh+p.NumConsts, p.NumCarry
	return h.Memo(fmt.Sprint("scan", nc, nk), func() any {
		s := &scanForward{}
		index := map[core.Atom]int{}
		known := map[core.Atom]bool{}
		for i, v := range h.In {
			index[v] = i
			known[v] = i < nc
		}
		var early, late []*core.Eqn
		for _, e := range h.Eqns {
			inv := !e.Prim.HasEffect(e.Params)
			for _, a := range e.In {
				if v, ok := a.(*core.Var); ok {
					inv = inv && known[v]
				}
			}
			if !inv {
				late = append(late, e)
				continue
			}
			early = append(early, e)
			for _, v := range e.Out {
				known[v] = true
			}
		}
		body, pre := *h.Jaxpr, *h.Jaxpr
		body.Eqns, body.ArgNames = late, nil
		body.Out = slices.Clone(h.Out[:l.NumOut])
		pre.Eqns, pre.In, pre.Out, pre.ArgNames = early, h.In[:nc], nil, nil
		fromPre := map[core.Atom]int{}
		preOut := func(a core.Atom) int {
			k, ok := fromPre[a]
			if !ok {
				k = len(pre.Out)
				fromPre[a] = k
				pre.Out = append(pre.Out, a)
			}
			return k
		}
		results := map[core.Atom]int{}
		for i, a := range h.Out[:l.NumOut] {
			if i >= nk {
				results[a] = i
			}
		}
		for _, r := range l.Res {
			var a core.Atom
			if r.From == core.FromInput {
				a = h.In[nh+r.Index]
			} else {
				a = h.Out[r.Index]
			}
			in, isIn := index[a]
			var res scanResidual
			ext := false
			if _, lit := a.(*core.Literal); lit || known[a] && !isIn {
				res = scanResidual{resPre, preOut(a)}
			} else if isIn && (in < nc || in >= nc+nk) {
				res, ext = scanResidual{resOperand, in}, in >= nc
			} else {
				k, ok := results[a]
				if !ok {
					k = len(body.Out)
					results[a] = k
					body.Out = append(body.Out, a)
				}
				res, ext = scanResidual{resResult, k}, true
			}
			s.res = append(s.res, res)
			s.ext = append(s.ext, ext)
		}
		// What the loop reads of what was computed before it.
		need := map[int]bool{}
		reads := func(a core.Atom) {
			if v, ok := a.(*core.Var); ok && known[v] {
				if _, isIn := index[v]; !isIn {
					need[preOut(v)] = true
				}
			}
		}
		for _, e := range late {
			for _, a := range e.In {
				reads(a)
			}
		}
		for _, a := range body.Out {
			reads(a)
		}
		var extra []*core.Var
		for i, a := range pre.Out {
			s.need = append(s.need, need[i])
			if need[i] {
				extra = append(extra, a.(*core.Var))
			}
		}
		s.read = inputsRead(&body)[:nc]
		body.In = concat(extra, pick(h.In[:nc], s.read), h.In[nc:])
		s.body = core.Close(&body, nil)
		if len(pre.Out) > 0 {
			k, _ := core.DCE(&pre, nil)
			s.pre = core.Close(k, nil)
		}
		return s
	}).(*scanForward)
}

func scanLinearize(c core.LinearizeCtx, p ScanParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
	nc, nk, ny := p.NumConsts, p.NumCarry, p.numYs()
	var l *core.Linearized
	carryNZ := fixpoint(nz[nc:nc+nk], func(m []bool) []bool {
		l = c.LinearizeJaxpr(p.Jaxpr, concat(nz[:nc], m, nz[nc+nk:]), concat(m, make([]bool, ny)))
		return l.OutNonzero[:nk]
	})
	fwd, hoisted := Hoist(l.Fwd)
	s := splitScan(l, fwd, len(hoisted), p)
	operands := concat(hoisted, x)
	consts := operands[:len(hoisted)+nc]
	var pre []Value
	if s.pre != nil {
		pre = s.pre.Eval(consts)
	}
	var out []Value
	if len(s.body.Out) > 0 || s.body.HasEffect() {
		out = p.bind(s.body, p.Reverse, concat(pick(pre, s.need), pick(consts, s.read)), x[nc:nc+nk], x[nc+nk:])
	}
	res := make([]Value, len(s.res))
	for i, r := range s.res {
		res[i] = [][]Value{operands, out, pre}[r.from][r.index]
	}
	all := concat(nz[:nc], carryNZ, nz[nc+nk:])
	avals := avalsOf(x)
	return out[:nk+ny], l.OutNonzero, func(t []Value) []Value {
		dot := instantiated(t, all, avals)
		cdot, kdot, xdot := compact(dot[:nc]), compact(dot[nc:nc+nk]), compact(dot[nc+nk:])
		lin, more := Hoist(l.Lin)
		n, m := len(more), len(more)+len(res)
		lin = reorder(lin, concat(iota(n), where(not(s.ext), n), span(m, m+len(cdot)+len(kdot)+len(xdot)), where(s.ext, n)), iota(len(lin.Out)))
		dy := p.bind(lin, p.Reverse, concat(more, pick(res, not(s.ext)), cdot), kdot, concat(xdot, pick(res, s.ext)))
		return spread(dy, l.OutNonzero)
	}
}

// scanTranspose runs the transposed body backwards. The carry is the cotangent of the carry, and the sum of those of the
// constants so far; cotangents of ys and the residuals are what it goes along.
//
//	body:       (res, T consts), T carry, (T xs, res) -> T carry, T ys
//	transposed: res, (CT consts, CT carry), (CT ys, res) -> (CT consts, CT carry), CT xs
func scanTranspose(c core.TransposeCtx, p ScanParams, ct, in []Value) []Value {
	nc, nk := p.NumConsts, p.NumCarry
	linear := make([]bool, len(in))
	for i, v := range in {
		// Zeros that a carry starts from are values, yet its tangent is linear in what comes after.
		linear[i] = core.IsUndef(v) || i >= nc && i < nc+nk
	}
	constLin, xsLin := linear[:nc], linear[nc+nk:]
	ctNZ := concat(repeat(true, nk), nonzero(ct[nk:]))
	want := concat(make([]bool, count(constLin)), repeat(true, nk), make([]bool, count(xsLin)))
	tj, outNZ := c.TransposeJaxpr(p.Jaxpr, linear, ctNZ, want)
	tj, hoisted := Hoist(tj)

	h, nres := len(hoisted), nc-count(constLin)
	sumNZ := outNZ[:count(constLin)]
	xsNZ := outNZ[len(sumNZ)+nk:]
	ires, eres := pick(in[:nc], not(constLin)), pick(in[nc+nk:], not(xsLin))
	sums := pick(pick(avalsOf(in[:nc]), constLin), sumNZ)
	ncts := count(ctNZ[nk:])
	body := tj.Memo(fmt.Sprint("scan transpose", h, nres, len(sums), nk), func() any {
		ia := tj.InAvals() // hoisted, ires, eres, CT carry, CT ys
		a, e := h+nres, h+nres+len(eres)
		for i := range sums {
			sums[i] = tj.OutAvals()[i].Strong()
		}
		avals := concat(ia[:a], sums, ia[e:e+nk], ia[e+nk:], ia[a:e])
		n := len(sums)
		return ruleJaxpr("scan", p.Jaxpr.Name, avals, func(in []Value) []Value {
			out := tj.Eval(concat(in[:a], in[a+n+nk+ncts:], in[a+n:a+n+nk+ncts]))
			for i := range n {
				out[i] = AddAny(in[a+i], out[i])
			}
			return out
		})
	}).(*core.ClosedJaxpr)
	init := make([]Value, 0, len(sums)+nk)
	for i := range sums {
		init = append(init, ZerosLike(tj.OutAvals()[i].Strong()))
	}
	for i := range nk {
		init = append(init, InstantiateZeros(ct[i], p.Jaxpr.OutAvals()[i].Tangent().Strong()))
	}
	out := p.bind(body, !p.Reverse, concat(hoisted, ires), init, concat(compact(ct[nk:]), eres))

	cts := make([]Value, len(in))
	put := func(at []int, vs []Value) {
		for i, k := range at {
			cts[k] = vs[i]
		}
	}
	put(where(constLin, 0), spread(out[:len(sums)], sumNZ))
	put(span(nc, nc+nk), out[len(sums):])
	put(where(xsLin, nc+nk), spread(out[len(sums)+nk:], xsNZ))
	for i := nc; i < nc+nk; i++ {
		if !core.IsUndef(in[i]) {
			cts[i] = nil
		}
	}
	return cts
}

// lowerScan writes the loop: a stablehlo.while whose state is the iteration number, the constants, the carry, xs and the
// ys so far. With unroll, an iteration does several, and those that are left over come after the loop.
func lowerScan(c core.LowerCtx, p ScanParams, in []stablehlo.Value) []stablehlo.Value {
	b := c.B()
	nc, nk, ny := p.NumConsts, p.NumCarry, p.numYs()
	consts, carry, xs := in[:nc], in[nc:nc+nk], in[nc+nk:]
	trips, rest := 0, p.Length
	if p.Unroll > 0 {
		trips, rest = p.Length/p.Unroll, p.Length%p.Unroll
	}
	if p.Unroll != 1 && trips == 1 && rest == 0 {
		trips, rest = 0, p.Length
	}
	inline := p.Unroll == 1
	zero := stablehlo.Value{}
	// run does n iterations on slices of xs that start at offset start.
	run := func(consts, carry, xs []stablehlo.Value, n int, slice func(x stablehlo.Value, k int) stablehlo.Value) (next []stablehlo.Value, ys [][]stablehlo.Value) {
		ys = make([][]stablehlo.Value, n)
		for k := range n {
			if p.Reverse {
				k = n - 1 - k
			}
			args := concat(consts, carry)
			for _, x := range xs {
				args = append(args, slice(x, k))
			}
			out := c.Call("body", p.Jaxpr, args, inline)
			carry, ys[k] = out[:nk], out[nk:]
		}
		return carry, ys
	}
	// block joins the slices of y number i.
	block := func(ys [][]stablehlo.Value, i int) stablehlo.Value {
		parts := make([]stablehlo.Value, len(ys))
		for k := range ys {
			y := ys[k][i]
			parts[k] = b.Pretty("stablehlo.reshape", "", y.Type.WithShape(concat([]int{1}, y.Type.Shape)), y)
		}
		return concatHLO(b, parts)
	}
	ys := make([][]stablehlo.Value, ny) // the parts of each stacked result, in order
	// Going backwards, what is left over is the front of xs, and comes last.
	first, left := 0, trips*p.Unroll
	if p.Reverse {
		first, left = rest, 0
	}
	if trips > 0 {
		zero = i32(b, 0)
		state := concat([]stablehlo.Value{zero}, consts, carry, xs)
		for i := range ny {
			t := c.Out()[nk+i].HLO()
			s := slices.Clone(t.Shape)
			s[0] = trips * p.Unroll
			state = append(state, splat(b, t.WithShape(s)))
		}
		types := make([]*stablehlo.Type, len(state))
		for i, v := range state {
			types[i] = v.Type
		}
		out := b.Op("stablehlo.while", "", []stablehlo.Region{
			{Args: types, Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
				n := i32(b, trips)
				return []stablehlo.Value{b.Pretty("stablehlo.compare LT,", ", SIGNED", n.Type.WithElem("i1"), a[0], n)}
			}},
			{Args: types, Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
				i, zero := a[0], i32(b, 0)
				k, n := nc+nk, nc+nk+len(xs)
				step := i32(b, 1)
				next := b.Elementwise("stablehlo.add", i.Type, i, step)
				if p.Reverse {
					i = b.Elementwise("stablehlo.subtract", i.Type, i32(b, trips-1), i)
				}
				if p.Unroll > 1 {
					i = b.Elementwise("stablehlo.multiply", i.Type, i, i32(b, p.Unroll))
				}
				at := i
				if first > 0 {
					at = b.Elementwise("stablehlo.add", i.Type, i, i32(b, first))
				}
				blocks := make([]stablehlo.Value, len(xs))
				for m, x := range a[1+k : 1+n] {
					s := slices.Clone(x.Type.Shape)
					s[0] = p.Unroll
					blocks[m] = b.Op("stablehlo.dynamic_slice", "slice_sizes = "+stablehlo.Ints(s), nil, concat([]stablehlo.Value{x, at}, repeat(zero, len(s)-1)), x.Type.WithShape(s))[0]
				}
				c2, part := run(a[1:1+nc], a[1+nc:1+k], blocks, p.Unroll, func(x stablehlo.Value, k int) stablehlo.Value { return rowHLO(b, x, k) })
				acc := a[1+n:]
				for m := range ny {
					y := block(part, m)
					acc[m] = b.Pretty("stablehlo.dynamic_update_slice", "", acc[m].Type, concat([]stablehlo.Value{acc[m], y, i}, repeat(zero, len(y.Type.Shape)-1))...)
				}
				return concat([]stablehlo.Value{next}, a[1:1+nc], c2, a[1+k:1+n], acc)
			}},
		}, state, types...)
		carry = out[1+nc : 1+nc+nk]
		for i := range ys {
			ys[i] = append(ys[i], out[1+nc+nk+len(xs)+i])
		}
	}
	if rest > 0 {
		c2, part := run(consts, carry, xs, rest, func(x stablehlo.Value, k int) stablehlo.Value { return rowHLO(b, x, left+k) })
		carry = c2
		for i := range ys {
			y := block(part, i)
			if p.Reverse {
				ys[i] = append([]stablehlo.Value{y}, ys[i]...)
			} else {
				ys[i] = append(ys[i], y)
			}
		}
	}
	out := slices.Clone(carry)
	for i, parts := range ys {
		if len(parts) == 0 {
			out = append(out, splat(b, c.Out()[nk+i].HLO()))
			continue
		}
		out = append(out, concatHLO(b, parts))
	}
	return out
}

// rowHLO takes x[k].
func rowHLO(b *stablehlo.Builder, x stablehlo.Value, k int) stablehlo.Value {
	s := x.Type.Shape
	if s[0] > 1 {
		lo, hi := make([]int, len(s)), slices.Clone(s)
		lo[0], hi[0] = k, k+1
		one := slices.Clone(s)
		one[0] = 1
		x = b.Op("stablehlo.slice", "limit_indices = "+stablehlo.Ints(hi)+", start_indices = "+stablehlo.Ints(lo)+", strides = "+stablehlo.Ints(ones(len(s))), nil, []stablehlo.Value{x}, x.Type.WithShape(one))[0]
	}
	return b.Pretty("stablehlo.reshape", "", x.Type.WithShape(s[1:]), x)
}

// concatHLO joins arrays along axis 0.
func concatHLO(b *stablehlo.Builder, parts []stablehlo.Value) stablehlo.Value {
	if len(parts) == 1 {
		return parts[0]
	}
	s := slices.Clone(parts[0].Type.Shape)
	s[0] = 0
	for _, x := range parts {
		s[0] += x.Type.Shape[0]
	}
	return b.Pretty("stablehlo.concatenate", ", dim = 0", parts[0].Type.WithShape(s), parts...)
}

// splat is an array of zeros.
func splat(b *stablehlo.Builder, t *stablehlo.Type) stablehlo.Value {
	text := "0.0"
	switch {
	case t.Elem == "i1":
		text = "false"
	case strings.HasPrefix(t.Elem, "complex"):
		text = "(0.0, 0.0)"
	case strings.HasPrefix(t.Elem, "i"), strings.HasPrefix(t.Elem, "ui"):
		text = "0"
	}
	zero := b.Constant(text, t.WithShape(nil))
	if len(t.Shape) == 0 {
		return zero
	}
	return b.Pretty("stablehlo.broadcast_in_dim", ", dims = []", t, zero)
}

// ForiLoop applies body to (i, carry) for every i from lower to upper. With literal bounds it is a scan, which has a
// gradient; otherwise it is a while loop.
func ForiLoop(lower, upper Value, body func(i Value, carry []Value) []Value, init []Value, unroll int) []Value {
	a, b := lower.Aval(), upper.Aval()
	d := a.DType
	if d != b.DType {
		switch {
		case a.DType.IsSigned() && b.DType.IsSigned() && a.Weak && !b.Weak:
			d = b.DType
		case a.DType.IsSigned() && b.DType.IsSigned() && !a.Weak && b.Weak:
		default:
			core.Errorf(core.TypeError, "lower and upper arguments to fori_loop must have equal types, got %s and %s", a.DType.Name(), b.DType.Name())
		}
	}
	lo, static := lower.(*core.Literal)
	hi, ok := upper.(*core.Literal)
	if static && ok {
		f := func(carry, _ []Value) ([]Value, []Value) {
			return concat([]Value{Add(carry[0], one(carry[0]))}, body(carry[0], carry[1:])), nil
		}
		out, _ := Scan(f, concat([]Value{lower}, init), nil, int(max(hi.I-lo.I, 0)), false, max(unroll, 1))
		return out[1:]
	}
	if unroll > 1 {
		core.Errorf(core.ValueError, "Can only use `unroll` in `fori_loop` if the loop bounds are statically known.")
	}
	if a.DType != d {
		lower = ConvertElementType(lower, d)
	}
	if b.DType != d {
		upper = ConvertElementType(upper, d)
	}
	out := WhileLoop(
		func(c []Value) []Value { return []Value{Lt(c[0], c[1])} },
		func(c []Value) []Value {
			return concat([]Value{Add(c[0], one(c[0])), c[1]}, body(c[0], c[2:]))
		}, concat([]Value{lower, upper}, init))
	return out[2:]
}

// one is a literal 1 of v's dtype.
func one(v Value) Value { return core.NewIntLiteral(v.Aval().DType, 1, v.Aval().Weak) }
