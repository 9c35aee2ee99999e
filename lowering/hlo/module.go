package hlo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

type computation struct {
	id      int64
	name    string
	thread  string
	instrs  []*instruction // by id
	root    *instruction
	order   []*instruction // that of the schedule, if it has the computation
	params  []*instruction
	byLocal map[uint32]*instruction
	called  bool
}

type instruction struct {
	m        message
	id       int64
	name, op string
	shape    *shape
	operands []*instruction
	preds    []*instruction
	calls    []*computation
	used     bool
}

// local is the number of an instruction within its computation: newer programs have the computation's in the upper half.
func local(id int64) uint32 {
	return uint32(id) // #nosec G115 -- see above
}

func parseComputation(m message, known map[int64]*computation) (*computation, error) {
	c := &computation{id: m.int(5), name: m.str(1), thread: m.str(8), byLocal: map[uint32]*instruction{}}
	instrs, err := m.subs(2)
	if err != nil {
		return nil, err
	}
	for _, im := range instrs {
		i := &instruction{m: im, id: im.int(35), name: im.str(1), op: im.str(2)}
		sm, err := im.sub(3)
		if err != nil {
			return nil, err
		}
		if i.shape, err = parseShape(sm, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", i.name, err)
		}
		// What an instruction refers to comes before it, so that there are no cycles.
		refs := func(num protowire.Number) []*instruction {
			ids, e := im.ints(num)
			if e != nil {
				err = e
			}
			var out []*instruction
			for _, id := range ids {
				o := c.byLocal[local(id)]
				if o == nil {
					err = fmt.Errorf("%s refers to the instruction %d, which does not come before it", i.name, id)
					return nil
				}
				out = append(out, o)
			}
			return out
		}
		i.operands, i.preds = refs(36), refs(37)
		ids, e := im.ints(38)
		if err = errors.Join(err, e); err != nil {
			return nil, err
		}
		for _, o := range i.operands {
			o.used = true
		}
		for _, id := range ids {
			callee := known[id]
			if callee == nil {
				return nil, fmt.Errorf("%s calls the computation %d, which does not come before it", i.name, id)
			}
			callee.called = true
			i.calls = append(i.calls, callee)
		}
		if c.byLocal[local(i.id)] != nil {
			return nil, fmt.Errorf("two instructions have the number %d", i.id)
		}
		c.byLocal[local(i.id)] = i
		c.instrs = append(c.instrs, i)
		if i.op == "parameter" {
			c.params = append(c.params, i)
		}
	}
	if c.root = c.byLocal[local(m.int(6))]; c.root == nil {
		return nil, fmt.Errorf("the computation %s has no root", c.name)
	}
	slices.SortFunc(c.instrs, func(a, b *instruction) int { return cmp.Compare(local(a.id), local(b.id)) })
	slices.SortStableFunc(c.params, func(a, b *instruction) int { return cmp.Compare(a.m.int(9), b.m.int(9)) })
	for n, p := range c.params {
		if p.m.int(9) != int64(n) {
			return nil, fmt.Errorf("the computation %s has no parameter %d", c.name, n)
		}
	}
	return c, nil
}

// postOrder is the order of a computation that is not scheduled: operands before what uses them, each as late as that allows.
func (c *computation) postOrder() []*instruction {
	const visiting, visited = 1, 2
	state := map[*instruction]int{}
	var out, stack []*instruction
	push := func(i *instruction) {
		if state[i] != visited {
			stack = append(stack, i)
		}
	}
	for _, root := range c.instrs {
		if root.used {
			continue
		}
		push(root)
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			if s := state[i]; s != 0 {
				stack = stack[:len(stack)-1]
				if s == visiting {
					state[i] = visited
					out = append(out, i)
				}
				continue
			}
			state[i] = visiting
			for _, o := range slices.Backward(i.operands) {
				push(o)
			}
			for _, p := range i.preds {
				push(p)
			}
		}
	}
	return out
}

// calledOrder is every computation that c calls and that was not visited yet, callees first.
func (c *computation) calledOrder(visited map[*computation]bool) []*computation {
	type at struct {
		c    *computation
		next int
	}
	var out []*computation
	var stack []at
	push := func(list []*computation) {
		for _, f := range slices.Backward(list) {
			if !visited[f] {
				visited[f] = true
				stack = append(stack, at{c: f})
			}
		}
	}
	for _, i := range c.instrs {
		push(i.calls)
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.c.instrs) {
				out = append(out, top.c)
				stack = stack[:len(stack)-1]
				continue
			}
			top.next++
			push(top.c.instrs[top.next-1].calls)
		}
	}
	return out
}

func (t *printer) module(m, config message, configured bool) {
	comps := t.subs(m, 3)
	known := map[int64]*computation{}
	var all []*computation
	for _, cm := range comps {
		c, err := parseComputation(cm, known)
		if err != nil {
			t.fail(err)
			return
		}
		if known[c.id] != nil {
			t.failf("two computations have the number %d", c.id)
			return
		}
		known[c.id] = c
		all = append(all, c)
	}
	entry := known[m.int(6)]
	if entry == nil {
		t.failf("the program has no entry computation")
		return
	}
	slices.SortFunc(all, func(a, b *computation) int { return cmp.Compare(a.id, b.id) })
	t.schedule(m, known)
	t.add("HloModule ", m.str(1))
	if m.has(7) {
		t.add(", is_scheduled=true")
	}
	t.aliases(m)
	t.config(m, config, configured)
	t.frontend(m, 19)
	if m.has(20) {
		t.failf("tables of original values are not known")
	}
	t.frames(m)
	t.add("\n\n")
	visited := map[*computation]bool{}
	for _, c := range all {
		if c.called {
			continue
		}
		for _, f := range append(c.calledOrder(visited), c) {
			if t.err != nil {
				return
			}
			t.computation(f, f == entry)
		}
	}
}

func (t *printer) schedule(m message, known map[int64]*computation) {
	s := t.sub(m, 7)
	seqs := t.subs(s, 1)
	for _, e := range seqs {
		seq := t.sub(e, 2)
		ids := t.ints(seq, 1)
		c := known[e.int(1)]
		if c == nil || len(ids) != len(c.instrs) {
			t.failf("the schedule is not that of the program")
			return
		}
		c.order = make([]*instruction, len(ids))
		seen := map[*instruction]bool{}
		for n, id := range ids {
			i := c.byLocal[local(id)]
			if i == nil || seen[i] {
				t.failf("the schedule is not that of the program")
				return
			}
			seen[i] = true
			c.order[n] = i
		}
	}
}

// aliases prints which parts of the arguments may be overwritten.
func (t *printer) aliases(m message) {
	a := t.sub(m, 8)
	entries := t.subs(a, 1)
	type alias struct {
		out []int64
		m   message
	}
	var list []alias
	for _, e := range entries {
		out := t.ints(e, 1)
		list = append(list, alias{out, e})
	}
	slices.SortStableFunc(list, func(a, b alias) int { return slices.Compare(a.out, b.out) })
	for n, a := range list {
		t.add([]string{", input_output_alias={ ", ", "}[min(n, 1)])
		t.list("", a.out)
		t.add(": (")
		t.int(a.m.int(2))
		t.list(", ", t.ints(a.m, 3))
		kind := "must-alias"
		if a.m.int(4) == 1 {
			kind = "may-alias"
		}
		t.add(", ", kind, ")")
	}
	if len(list) > 0 {
		t.add(" }")
	}
	d := t.sub(m, 18)
	donors := t.subs(d, 1)
	type donor struct {
		param int64
		index []int64
	}
	var given []donor
	for _, e := range donors {
		index := t.ints(e, 2)
		given = append(given, donor{e.int(1), index})
	}
	slices.SortFunc(given, func(a, b donor) int { return cmp.Or(cmp.Compare(a.param, b.param), slices.Compare(a.index, b.index)) })
	for n, d := range given {
		t.add([]string{", buffer_donor={ (", ", ("}[min(n, 1)])
		t.int(d.param)
		t.list(", ", d.index)
		t.add(")")
	}
	if len(given) > 0 {
		t.add(" }")
	}
}

// config prints how the program was compiled. One without its configuration has the default one.
func (t *printer) config(m, config message, configured bool) {
	layout := t.sub(m, 4)
	if configured {
		layout = t.sub(config, 1)
	}
	if config.bool(17) {
		t.add(", alias_passthrough_params=true")
	}
	if !configured || config.has(1) {
		t.add(", entry_computation_layout={(")
		params := t.subs(layout, 1)
		for i, p := range params {
			t.comma(i)
			t.shapeOf(p)
		}
		t.add(")->")
		result := t.sub(layout, 2)
		t.shapeOf(result)
		t.add("}")
	}
	if !configured {
		return
	}
	for _, f := range []struct {
		name string
		num  protowire.Number
	}{{"parameters", 33}, {"output", 27}} {
		flags := t.uints(config, f.num)
		if len(flags) == 0 || len(flags) == 1 && flags[0] == 0 {
			continue
		}
		t.add(", allow_spmd_sharding_propagation_to_", f.name, "={")
		for i, v := range flags {
			if i > 0 {
				t.add(",")
			}
			t.bool(v != 0)
		}
		t.add("}")
	}
	for _, f := range []struct {
		name string
		num  protowire.Number
	}{{"replica_count", 4}, {"num_partitions", 5}} {
		if n := config.int(f.num); n > 1 {
			t.add(", ", f.name, "=")
			t.int(n)
		}
	}
}

func (t *printer) shapeOf(m message) {
	s, err := parseShape(m, 0)
	if err != nil {
		t.fail(err)
		return
	}
	t.shape(s, true)
}

func (t *printer) bool(v bool) {
	if v {
		t.add("true")
	} else {
		t.add("false")
	}
}

// frames prints the tables that stack_frame_id points into.
func (t *printer) frames(m message) {
	index := t.sub(m, 17)
	if len(index.all(4)) == 0 {
		return
	}
	for _, table := range []struct {
		title string
		num   protowire.Number
	}{{"\n\nFileNames\n", 1}, {"\nFunctionNames\n", 2}} {
		t.add(table.title)
		for i, s := range index.all(table.num) {
			t.int(int64(i + 1))
			t.add(" ")
			t.quoted(string(s))
			t.add("\n")
		}
	}
	row := func(i int, m message, names []string, nums []protowire.Number, plus int64) {
		t.int(int64(i + 1))
		for n, name := range names {
			t.add([]string{" {", " "}[min(n, 1)], name, "=")
			v := m.int32(nums[n])
			if n == len(names)-1 {
				v += plus
			}
			t.int(v)
		}
		t.add("}\n")
	}
	locations := t.subs(index, 3)
	t.add("\nFileLocations\n")
	for i, l := range locations {
		row(i, l, []string{"file_name_id", "function_name_id", "line", "end_line", "column", "end_column"}, []protowire.Number{1, 2, 3, 5, 4, 6}, 0)
	}
	frames := t.subs(index, 4)
	t.add("\nStackFrames\n")
	for i, f := range frames {
		row(i, f, []string{"file_location_id", "parent_frame_id"}, []protowire.Number{1, 2}, 1) // XLA prints the parent's number and one
	}
}

func (t *printer) computation(c *computation, entry bool) {
	if entry {
		t.add("ENTRY ")
	}
	t.add("%", c.name, " (")
	for i, p := range c.params {
		if i > 0 {
			t.add(", ")
		}
		t.add(p.name, ": ")
		t.shape(p.shape, false)
	}
	t.add(") -> ")
	t.shape(c.root.shape, false)
	t.add(" {\n")
	order := c.order
	if order == nil {
		order = c.postOrder()
	}
	for _, i := range order {
		if t.err != nil {
			return
		}
		t.add("  ")
		if i == c.root {
			t.add("ROOT ")
		}
		t.instruction(i)
		t.add("\n")
	}
	t.add("}")
	if c.thread != "" && c.thread != "main" {
		t.add(`, execution_thread="`, c.thread, `"`)
	}
	t.add("\n\n")
}
