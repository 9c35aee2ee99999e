package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Reductions in steps. XLA's compiler for CPUs walks a reduced axis element by element where it is the last one, each result
// waiting for the one before; one of more than 32 elements it takes apart itself, into windows that nothing is fused with, so
// that the operand is computed into memory first. A step that combines up to 32 elements, with its results side by side, it
// vectorizes and fuses with what computes the operand.
const (
	longestStep = 32      // elements that a step combines: XLA leaves as many alone
	fewLanes    = 8       // results that lie side by side at least: half of a vector register of float32
	stepsFrom   = 1 << 15 // elements of an operand that is worth it
)

// stepped reports whether reductions of a dtype are done in steps. Elements of less than a byte are packed, and with a fraction
// of two or three bits the order of a sum decides all of its digits.
func stepped(d dtype.DType) bool {
	return d.IsBool() || d.Bits() >= 16 || d.Bits() == 8 && !d.IsInexact()
}

// firstStep chooses the step that the reduction of an array of the given shape over axes begins with: on the axis, groups of
// k elements that lie size/k apart are combined. k = 0: there is nothing to gain.
func firstStep(shape, axes []int) (axis, k int) {
	if product(shape) < stepsFrom || product(take(shape, axes)) <= longestStep {
		return 0, 0
	}
	for d := range shape { // of equal ones the first
		if slices.Contains(axes, d) {
			if g := groupSize(shape[d], product(shape[d+1:])); g > k {
				axis, k = d, g
			}
		}
	}
	return axis, k
}

// groupSize is how many of n elements a step combines, with inner elements below each of them: what divides n, leaves full
// vectors side by side and is not small, as far as there is such a number. 0: there is no vector.
func groupSize(n, inner int) int {
	most := min(longestStep, n, n*inner/fewLanes)
	best, bestRank := 0, -longestStep
	for k := most; k >= 2; k-- {
		rank, lanes := -(n % k), n/k*inner
		if lanes < 2*fewLanes && lanes%fewLanes != 0 {
			continue
		}
		if rank == 0 {
			switch {
			case lanes%(2*fewLanes) == 0:
				rank = 2
			case lanes%fewLanes == 0:
				rank = 1
			}
			if k >= 8 {
				rank += 2
			}
		} else if 4*k < most {
			continue
		}
		if rank > bestRank {
			best, bestRank = k, rank
		}
	}
	return best
}

// steps combines groups of k elements of an axis, and gives what is left with the axes to reduce.
func (m monoid) steps(c core.LowerCtx, x stablehlo.Value, axes []int, axis, k int) (y stablehlo.Value, left []int) {
	b, shape := c.B(), x.Type.Shape
	n := shape[axis]
	if n == k {
		y = m.reduceHLO(c, x, []int{axis})
		for _, d := range axes {
			if d != axis {
				left = append(left, d-int(b2i(d > axis)))
			}
		}
	} else {
		left = axes
		whole, rest := x, n%k
		if rest > 0 {
			whole = sliceAxisHLO(b, x, axis, 0, n-rest)
		}
		y = m.reduceHLO(c, reshapeHLO(b, whole, slices.Concat(shape[:axis], []int{k, n / k}, shape[axis+1:])), []int{axis})
		if rest > 0 {
			y = concatenateHLO(b, []stablehlo.Value{y, sliceAxisHLO(b, x, axis, n-rest, n)}, axis)
		}
	}
	return m.apart(c, y, left)
}

// apart keeps XLA from making one reduction of a step and what is left to reduce. A barrier does until fusion, which is best for
// short rows; anything else goes through windows, which XLA fuses with nothing.
func (m monoid) apart(c core.LowerCtx, x stablehlo.Value, axes []int) (y stablehlo.Value, left []int) {
	b, shape := c.B(), x.Type.Shape
	if len(axes) == 1 && axes[0] == len(shape)-1 && shape[axes[0]] <= longestStep {
		return b.Through("stablehlo.optimization_barrier", x)[0], axes
	}
	w := axes[0] // the longest
	for _, d := range axes {
		if shape[d] > shape[w] {
			w = d
		}
	}
	size := groupSize(shape[w], product(shape[w+1:]))
	if size > 1 && shape[w]%size == 0 { // side by side, as in a step
		x = reshapeHLO(b, x, slices.Concat(shape[:w], []int{size, shape[w] / size}, shape[w+1:]))
		left = append([]int{w}, bumpDims(axes, w)...)
		shape = x.Type.Shape
	} else {
		left, size = axes, min(longestStep, shape[w])
	}
	p := WindowParams{WindowDimensions: ones(len(shape))}.filled()
	p.WindowDimensions[w], p.WindowStrides = size, p.WindowDimensions
	p.Padding[w][1] = (size - shape[w]%size) % size
	d := c.In()[0].DType
	y = lowerWindow(c, p, m.region(c, d), []stablehlo.Value{x, literalHLO(c, m.identity(d))}, x.Type.WithShape(windowShape(shape, p)))[0]
	return y, left
}
