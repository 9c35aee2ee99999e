package core

import (
	"fmt"
	"strconv"
	"strings"
)

// String prints the jaxpr as JAX does.
func (c *ClosedJaxpr) String() string {
	if c == nil { // a parameter that is not given
		return "None"
	}
	return c.Jaxpr.String()
}

// lineWidth is that of JAX's printer.
const lineWidth = 80

// String prints the jaxpr as JAX does: jaxprs that are used more than once, or are long, come first under a name.
func (j *Jaxpr) String() string {
	p := &printer{names: map[*Var]string{}, used: map[*Var]bool{}, shared: map[*Jaxpr]string{}, taken: map[string]bool{}}
	type item struct {
		j    *Jaxpr
		name string
	}
	var order []*Jaxpr
	count, names := map[*Jaxpr]int{}, map[*Jaxpr]string{}
	for queue := []item{{j, ""}}; len(queue) > 0; {
		it := queue[0]
		queue = queue[1:]
		if count[it.j] == 0 {
			order = append(order, it.j)
		}
		count[it.j]++
		if it.j != j && len(it.j.Eqns) > 10 {
			count[it.j]++
		}
		p.markUsed(it.j)
		for _, e := range it.j.Eqns {
			name := ""
			var subs []*Jaxpr
			for _, q := range ParamList(e.Params) {
				switch v := q.Value.(type) {
				case string:
					if q.Name == "name" {
						name = strings.Trim(v, "<>")
					}
				case *ClosedJaxpr:
					if v != nil {
						subs = append(subs, v.Jaxpr)
					}
				case []*ClosedJaxpr:
					for _, s := range v {
						subs = append(subs, s.Jaxpr)
					}
				}
			}
			for _, s := range subs {
				if _, known := names[s]; !known && name != "" {
					names[s] = name
				}
				queue = append(queue, item{s, name})
			}
		}
	}
	var shared []*Jaxpr
	used := map[string]int{}
	for _, s := range order {
		if count[s] == 1 || s == j {
			continue
		}
		name := names[s]
		if name == "" {
			name = "jaxpr"
		}
		if k := used[name]; k > 0 {
			used[name]++
			name += strconv.Itoa(k)
		}
		used[name]++
		p.taken[name] = true
		p.shared[s] = name
		shared = append(shared, s)
	}
	var docs docConcat
	for _, s := range shared {
		docs = append(docs, docText("let "+p.shared[s]+" = "), p.body(s), docText(" in"), docBreak(" "))
	}
	return layout(append(docs, p.body(j)), lineWidth)
}

type printer struct {
	names  map[*Var]string
	used   map[*Var]bool
	shared map[*Jaxpr]string
	taken  map[string]bool
	n      int
}

// markUsed finds the variables that something reads; the others print as _.
func (p *printer) markUsed(j *Jaxpr) {
	mark := func(a Atom) {
		if v, ok := a.(*Var); ok {
			p.used[v] = true
		}
	}
	for _, e := range j.Eqns {
		for _, a := range e.In {
			mark(a)
		}
	}
	for _, a := range j.Out {
		mark(a)
	}
	for _, v := range j.In {
		p.used[v] = true
	}
	for _, v := range j.ConstVars {
		p.used[v] = true
	}
}

// varName is a, b, …, z, ba, bb, …: the number in base 26.
func varName(n int) string {
	s := string(rune('a' + n%26))
	for n /= 26; n > 0; n /= 26 {
		s = string(rune('a'+n%26)) + s
	}
	return s
}

func (p *printer) name(v *Var) string {
	if !p.used[v] {
		return "_"
	}
	if s, ok := p.names[v]; ok {
		return s
	}
	for {
		s := varName(p.n)
		p.n++
		if !p.taken[s] {
			p.names[v] = s
			return s
		}
	}
}

func (p *printer) atom(a Atom) string {
	switch a := a.(type) {
	case *Var:
		return p.name(a)
	case *Literal:
		return a.String() + ":" + a.aval.String()
	}
	return fmt.Sprint(a)
}

func (p *printer) atoms(as []Atom, sep string) doc {
	ds := make([]doc, len(as))
	for i, a := range as {
		ds[i] = docText(p.atom(a))
	}
	return docNest{2, docGroup{docJoin(docConcat{docText(sep), docGroup{docBreak(" ")}}, ds)}}
}

func (p *printer) binders(vs []*Var) doc {
	ds := make([]doc, len(vs))
	for i, v := range vs {
		ds[i] = docText(p.name(v) + ":" + v.aval.String())
	}
	return docNest{2, docGroup{docJoin(docGroup{docBreak(" ")}, ds)}}
}

func (p *printer) jaxpr(j *Jaxpr) doc {
	if name, ok := p.shared[j]; ok {
		return docText(name)
	}
	return p.body(j)
}

// body is { lambda consts ; ins. let eqns in (outs,) }.
func (p *printer) body(j *Jaxpr) doc {
	consts, ins := p.binders(j.ConstVars), p.binders(j.In)
	eqns := make([]doc, len(j.Eqns))
	for i, e := range j.Eqns {
		eqns[i] = p.eqn(e)
	}
	end := ")"
	if len(j.Out) == 1 {
		end = ",)"
	}
	outs := p.atoms(j.Out, ",")
	return docGroup{docConcat{docNest{2, docConcat{
		docText("{ lambda "), consts, docText("; "), ins, docText(". let"),
		docNest{2, docConcat{docBreak(" "), docJoin(docBreak("; "), eqns)}}, docBreak(" "),
		docText("in "), docText("("), outs, docText(end)}}, docText(" }")}}
}

func (p *printer) eqn(e *Eqn) doc {
	list := PrintedParams(e.Params)
	switch e.Prim.Name {
	case "jit", "pjit":
		p.suggest(e, list)
	case "custom_jvp_call", "custom_vjp_call":
		nameFirst(list)
	}
	lhs := p.binders(e.Out)
	rhs := docConcat{docText(e.Prim.Name)}
	if len(list) > 0 {
		kvs := make([]doc, len(list))
		for i, q := range list {
			kvs[i] = docConcat{docText(q.Name + "="), p.param(q.Value)}
		}
		rhs = append(rhs, docGroup{docConcat{
			docNest{2, docConcat{docText("["), docBreak(""), docJoin(docBreak(" "), kvs)}}, docBreak(""), docText("]")}})
	}
	rhs = append(rhs, docText(" "), p.atoms(e.In, ""))
	if len(e.Out) == 0 {
		return rhs
	}
	return docConcat{lhs, docText(" = "), rhs}
}

func nameFirst(list []Param) {
	for i, q := range list {
		if q.Name == "name" {
			copy(list[1:i+1], list[:i])
			list[0] = q
		}
	}
}

// suggest gives the variables of a called jaxpr the names that they have at the call, and puts the name first.
func (p *printer) suggest(e *Eqn, list []Param) {
	nameFirst(list)
	for _, q := range list {
		j, ok := q.Value.(*ClosedJaxpr)
		if !ok || p.shared[j.Jaxpr] != "" {
			continue
		}
		same := func(inner []Atom, outer []Atom) {
			taken := map[*Var]bool{}
			for k := range inner {
				in, ok1 := inner[k].(*Var)
				out, ok2 := outer[k].(*Var)
				if ok1 && ok2 && !taken[out] && p.names[in] == "" {
					taken[out] = true
					if n := p.name(out); n != "_" {
						p.names[in] = n
					}
				}
			}
		}
		same(varAtoms(j.In), e.In)
		same(j.Out, varAtoms(e.Out))
	}
}

func varAtoms(vs []*Var) []Atom {
	as := make([]Atom, len(vs))
	for i, v := range vs {
		as[i] = v
	}
	return as
}

func (p *printer) param(v any) doc {
	switch v := v.(type) {
	case *ClosedJaxpr:
		if v == nil {
			return docText("None")
		}
		return p.jaxpr(v.Jaxpr)
	case []*ClosedJaxpr:
		ds := make([]doc, len(v))
		for i, j := range v {
			ds[i] = p.jaxpr(j.Jaxpr)
		}
		return docGroup{docConcat{docNest{2, docConcat{docText("("), docBreak(""), docJoin(docBreak(" "), ds)}}, docBreak(""), docText(")")}}
	}
	return docText(FormatParam(v))
}
