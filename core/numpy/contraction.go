package numpy

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
)

// The order in which einsum contracts its operands is opt_einsum's, with the same search and the same ties, so that
// jaxprs are JAX's. Paths name operands by SSA numbers: operand i is i, the result of step k is n+k.

// A labels is a set of einsum labels: the sorted characters.
type labels string

func labelsOf(s string) labels {
	rs := []rune(s)
	slices.Sort(rs)
	return labels(slices.Compact(rs))
}

func (a labels) has(r rune) bool { return strings.ContainsRune(string(a), r) }

func (a labels) union(b labels) labels { return labelsOf(string(a) + string(b)) }

// keep is the intersection, drop the difference.
func (a labels) keep(b labels) labels {
	return labels(strings.Map(func(r rune) rune {
		if b.has(r) {
			return r
		}
		return -1
	}, string(a)))
}

func (a labels) drop(b labels) labels {
	return labels(strings.Map(func(r rune) rune {
		if b.has(r) {
			return -1
		}
		return r
	}, string(a)))
}

// A network is what is to be contracted.
type network struct {
	inputs []labels
	output labels
	size   map[rune]int
}

// elements is the number of elements of an array with the given labels; a float, since it may be beyond integers.
func (n *network) elements(a labels) float64 {
	size := 1.0
	for _, r := range a {
		size *= float64(n.size[r])
	}
	return size
}

// A pairing is the result of contracting two operands, and its cost.
type pairing struct {
	out   labels
	flops float64
}

// pair contracts operands i and j of which all remain.
func (n *network) pair(inputs []labels, remaining []int, i, j int) pairing {
	either, keep := inputs[i].union(inputs[j]), n.output
	for _, k := range remaining {
		if k != i && k != j {
			keep = keep.union(inputs[k])
		}
	}
	flops := n.elements(either)
	if inputs[i].keep(inputs[j]).drop(keep) != "" {
		flops *= 2
	}
	return pairing{either.keep(keep), flops}
}

// A step contracts two operands, or one.
type step []int

// extended is path with one more step; the slices of other branches are left alone.
func extended(path []step, s step) []step { return append(slices.Clip(path), s) }

// without is remaining without i and j, and with the new operand k.
func without(remaining []int, i, j, k int) []int {
	var out []int
	for _, r := range remaining {
		if r != i && r != j {
			out = append(out, r)
		}
	}
	return append(out, k)
}

// optimal tries all orders and takes the first one of least cost.
func (n *network) optimal() []step {
	best, bestPath := math.Inf(1), []step{upTo(len(n.inputs))}
	// As in opt_einsum, what a pair of label sets gives is looked up by these alone.
	seen := map[[2]labels]pairing{}
	var search func(path []step, inputs []labels, remaining []int, flops float64)
	search = func(path []step, inputs []labels, remaining []int, flops float64) {
		if len(remaining) == 1 {
			best, bestPath = flops, path
			return
		}
		for a, i := range remaining {
			for _, j := range remaining[a+1:] {
				key := [2]labels{inputs[i], inputs[j]}
				p, ok := seen[key]
				if !ok {
					p = n.pair(inputs, remaining, i, j)
					seen[key] = p
				}
				if flops+p.flops >= best {
					continue
				}
				search(extended(path, step{i, j}), append(slices.Clip(inputs), p.out), without(remaining, i, j, len(inputs)), flops+p.flops)
			}
		}
	}
	search(nil, n.inputs, upTo(len(n.inputs)), 0)
	return bestPath
}

// branch is a search that follows only the width most promising contractions of each step; width 0 follows all.
func (n *network) branch(width int) []step {
	const cutoff = 4 // how much worse than the best known a partial path may be
	best, bestSize := math.Inf(1), math.Inf(1)
	var bestPath []step
	progress := map[int]float64{}
	seen := map[[2]labels]pairing{}
	type candidate struct {
		gain, flops, total, size float64
		i, j                     int
		out                      labels
	}
	var search func(path []step, inputs []labels, remaining []int, flops, size float64)
	search = func(path []step, inputs []labels, remaining []int, flops, size float64) {
		if len(remaining) == 1 {
			best, bestSize, bestPath = flops, size, path
			return
		}
		assess := func(outer bool) (cs []candidate) {
			for a, i := range remaining {
				for _, j := range remaining[a+1:] {
					x, y := inputs[i], inputs[j]
					if !outer && x.keep(y) == "" {
						continue
					}
					p, ok := seen[[2]labels{x, y}]
					if !ok {
						p = n.pair(inputs, remaining, i, j)
						seen[[2]labels{x, y}] = p
					}
					elements := n.elements(p.out)
					total, most := flops+p.flops, max(size, elements)
					if total > best || total == best && most >= bestSize {
						continue
					}
					least, ok := progress[len(inputs)]
					if !ok || total < least {
						progress[len(inputs)] = total
					} else if total > cutoff*least {
						continue
					}
					cs = append(cs, candidate{elements - n.elements(x) - n.elements(y), p.flops, total, most, i, j, p.out})
				}
			}
			return cs
		}
		cs := assess(false)
		if len(cs) == 0 {
			cs = assess(true)
		}
		slices.SortFunc(cs, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.gain, b.gain), cmp.Compare(a.flops, b.flops), cmp.Compare(a.total, b.total),
				cmp.Compare(a.size, b.size), cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j))
		})
		for k, c := range cs {
			if width > 0 && k == width {
				break
			}
			search(extended(path, step{c.i, c.j}), append(slices.Clip(inputs), c.out), without(remaining, c.i, c.j, len(inputs)), c.total, c.size)
		}
	}
	search(nil, n.inputs, upTo(len(n.inputs)), 0, 0)
	return bestPath
}

// greedy contracts, step by step, the pair whose result is smallest beside its operands.
func (n *network) greedy() []step {
	output := n.inputs[0]
	for _, in := range n.inputs[1:] {
		output = output.keep(in)
	}
	output = output.union(n.output)
	next := len(n.inputs)
	var path []step
	remaining := map[labels]int{} // operands by their labels; equal ones are multiplied at once
	join := func(a labels, i int) {
		if j, ok := remaining[a]; ok {
			path = append(path, step{j, i})
			remaining[a] = next
			next++
		} else {
			remaining[a] = i
		}
	}
	for i, in := range n.inputs {
		join(in, i)
	}
	// users counts the operands that have a label which is contracted in the end.
	users := func(r rune) (k int) {
		for a := range remaining {
			if a.has(r) {
				k++
			}
		}
		return k
	}
	type candidate struct {
		gain      float64
		j, i      int // i < j
		x, y, out labels
	}
	less := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.gain, b.gain), cmp.Compare(a.j, b.j), cmp.Compare(a.i, b.i))
	}
	var queue []candidate
	push := func(x labels, ys []labels) {
		var cs []candidate
		for _, y := range ys {
			both := x.keep(y)
			out := labels(strings.Map(func(r rune) rune {
				if output.has(r) || both.has(r) && users(r) >= 3 || !both.has(r) && users(r) >= 2 {
					return r
				}
				return -1
			}, string(x.union(y))))
			c := candidate{n.elements(out) - n.elements(x) - n.elements(y), remaining[y], remaining[x], x, y, out}
			if c.i > c.j {
				c.i, c.j, c.x, c.y = c.j, c.i, c.y, c.x
			}
			cs = append(cs, c)
		}
		if len(cs) > 0 {
			queue = append(queue, slices.MinFunc(cs, less))
		}
	}
	having := func(r rune) []labels {
		var out []labels
		for a := range remaining {
			if a.has(r) {
				out = append(out, a)
			}
		}
		slices.SortFunc(out, func(a, b labels) int { return remaining[a] - remaining[b] })
		return out
	}
	all := labels("")
	for _, in := range n.inputs {
		all = all.union(in)
	}
	for _, r := range all.drop(output) {
		as := having(r)
		for i := range as {
			push(as[i], as[i+1:])
		}
	}
	for len(queue) > 0 {
		k := 0
		for i := range queue {
			if less(queue[i], queue[k]) < 0 {
				k = i
			}
		}
		c := queue[k]
		queue = slices.Delete(queue, k, k+1)
		i, ok := remaining[c.x]
		j, ok2 := remaining[c.y]
		if !ok || !ok2 {
			continue
		}
		delete(remaining, c.x)
		delete(remaining, c.y)
		path = append(path, step{i, j})
		if old, ok := remaining[c.out]; ok {
			path = append(path, step{old, next})
			next++
		}
		remaining[c.out] = next
		next++
		var near []labels
		for _, r := range c.out.drop(output) {
			for _, a := range having(r) {
				if a != c.out && !slices.Contains(near, a) {
					near = append(near, a)
				}
			}
		}
		push(c.out, near)
	}
	// What is left has no labels in common but those of the result.
	type rest struct {
		size float64
		id   int
		key  labels
	}
	var rests []rest
	for a, i := range remaining {
		rests = append(rests, rest{n.elements(a.keep(output)), i, a})
	}
	smallest := func() rest {
		k := 0
		for i, r := range rests {
			if cmp.Or(cmp.Compare(r.size, rests[k].size), r.id-rests[k].id) < 0 {
				k = i
			}
		}
		r := rests[k]
		rests = slices.Delete(rests, k, k+1)
		return r
	}
	for a := smallest(); len(rests) > 0; a = smallest() {
		b := smallest()
		path = append(path, step{min(a.id, b.id), max(a.id, b.id)})
		out := a.key.union(b.key).keep(output)
		rests = append(rests, rest{n.elements(out), next, out})
		next++
	}
	return path
}

// search finds a path by the name of an algorithm of opt_einsum.
func (n *network) search(how string) []step {
	k := len(n.inputs)
	switch how {
	case "auto":
		switch {
		case k <= 4:
			return n.optimal()
		case k <= 6:
			return n.branch(0)
		case k <= 8:
			return n.branch(2)
		case k <= 14:
			return n.branch(1)
		}
		return n.greedy()
	case "optimal":
		return n.optimal()
	case "branch-all":
		return n.branch(0)
	case "branch-2":
		return n.branch(2)
	case "branch-1":
		return n.branch(1)
	case "greedy", "eager", "opportunistic":
		return n.greedy()
	case "auto-hq", "dp", "dynamic-programming", "random-greedy", "random-greedy-128":
		switch { // paths that are as good as these find
		case k <= 7:
			return n.optimal()
		case k <= 10:
			return n.branch(0)
		}
		return n.branch(2)
	}
	core.Errorf(core.KeyError, "Path optimizer '%s' not found, valid options are {'auto', 'auto-hq', 'optimal', 'branch-all', 'branch-2', 'branch-1', 'greedy', 'eager', 'opportunistic', 'dp', 'dynamic-programming', 'random-greedy', 'random-greedy-128'}.", how)
	return nil
}

// linear renames the operands of a path of SSA numbers: each step removes its operands from a list and appends its
// result to it.
func linear(path []step, n int) []step {
	ids := upTo(n)
	out := make([]step, len(path))
	for k, s := range path {
		for _, id := range s {
			out[k] = append(out[k], slices.Index(ids, id))
		}
		slices.Sort(out[k])
		for _, i := range slices.Backward(out[k]) {
			ids = slices.Delete(ids, i, i+1)
		}
		ids = append(ids, n+k)
	}
	return out
}
