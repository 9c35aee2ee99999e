package core

import (
	"fmt"
	"strings"
)

// String prints the jaxpr as JAX does.
func (c *ClosedJaxpr) String() string {
	if c == nil { // a parameter that may be None
		return "None"
	}
	return c.Jaxpr.String()
}

// String prints the jaxpr as JAX does.
func (j *Jaxpr) String() string {
	p := &printer{names: map[*Var]string{}}
	return p.jaxpr(j, 0)
}

type printer struct {
	names map[*Var]string
	n     int
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
	if s, ok := p.names[v]; ok {
		return s
	}
	s := varName(p.n)
	p.n++
	p.names[v] = s
	return s
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

const lineWidth = 80

// jaxpr prints { lambda consts ; ins. let eqns in (outs,) }, on one line if it fits.
func (p *printer) jaxpr(j *Jaxpr, indent int) string {
	var head strings.Builder
	head.WriteString("{ lambda")
	for _, v := range j.ConstVars {
		head.WriteString(" " + p.name(v) + ":" + v.aval.String())
	}
	head.WriteString(" ;")
	for _, v := range j.In {
		head.WriteString(" " + p.name(v) + ":" + v.aval.String())
	}
	head.WriteString(". let")
	used := map[*Var]bool{}
	for _, e := range j.Eqns {
		for _, a := range e.In {
			if v, ok := a.(*Var); ok {
				used[v] = true
			}
		}
	}
	for _, a := range j.Out {
		if v, ok := a.(*Var); ok {
			used[v] = true
		}
	}
	var eqns []string
	for _, e := range j.Eqns {
		eqns = append(eqns, p.eqn(e, used, indent+4))
	}
	outs := make([]string, len(j.Out))
	for i, a := range j.Out {
		outs[i] = p.atom(a)
	}
	tail := "in (" + strings.Join(outs, ", ")
	if len(outs) == 1 {
		tail += ","
	}
	tail += ") }"
	one := head.String()
	if len(eqns) > 0 {
		one += " " + strings.Join(eqns, "; ")
	}
	one += " " + tail
	if len(one)+indent <= lineWidth && !strings.Contains(one, "\n") && len(eqns) < 2 {
		return one
	}
	pad := strings.Repeat(" ", indent)
	var b strings.Builder
	b.WriteString(head.String() + "\n")
	for _, e := range eqns {
		b.WriteString(pad + "    " + e + "\n")
	}
	b.WriteString(pad + "  " + tail)
	return b.String()
}

func (p *printer) eqn(e *Eqn, used map[*Var]bool, indent int) string {
	var lhs []string
	ins := ""
	for _, a := range e.In {
		ins += " " + p.atom(a)
	}
	params := p.params(e, indent)
	for _, v := range e.Out {
		if !used[v] {
			lhs = append(lhs, "_:"+v.aval.String())
			continue
		}
		lhs = append(lhs, p.name(v)+":"+v.aval.String())
	}
	left := strings.Join(lhs, " ")
	if left != "" {
		left += " = "
	}
	return left + e.Prim.Name + params + ins
}

func (p *printer) params(e *Eqn, indent int) string {
	list := ParamList(e.Params)
	if len(list) == 0 {
		return ""
	}
	one, multi := make([]string, len(list)), false
	for i, q := range list {
		one[i] = q.Name + "=" + p.param(q.Value, indent+2)
		multi = multi || strings.Contains(one[i], "\n")
		if _, ok := q.Value.(*ClosedJaxpr); ok {
			multi = true
		}
	}
	s := "[" + strings.Join(one, " ") + "]"
	if !multi && len(s)+indent <= lineWidth {
		return s
	}
	pad := strings.Repeat(" ", indent+2)
	return "[\n" + pad + strings.Join(one, "\n"+pad) + "\n" + strings.Repeat(" ", indent) + "]"
}

func (p *printer) param(v any, indent int) string {
	switch v := v.(type) {
	case *ClosedJaxpr:
		if v == nil {
			return "None"
		}
		return p.jaxpr(v.Jaxpr, indent)
	case []*ClosedJaxpr:
		parts := make([]string, len(v))
		for i, j := range v {
			parts[i] = strings.Repeat(" ", indent+2) + p.jaxpr(j.Jaxpr, indent+2)
		}
		return "(\n" + strings.Join(parts, "\n") + "\n" + strings.Repeat(" ", indent) + ")"
	}
	return FormatParam(v)
}
