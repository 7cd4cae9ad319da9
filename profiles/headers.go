package profiles

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"corsage/proxy"
)

// The fields of an entry of headers, and of its two halves.
var (
	headerFields = []string{"path", "request", "response"}
	editFields   = []string{"set", "remove"}
)

// headers reads a profile's headers.
func (r *reader) headers(n *yaml.Node) {
	list := follow(n)
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		r.fail(list, "headers", "must be a list of edits, such as [{request: {set: {X-Debug: \"1\"}}}]")
		return
	}
	for i, item := range list.Content {
		field := fmt.Sprintf("headers[%d]", i)
		before := len(r.errs)
		fields := r.mapping(item, field, headerFields)
		var e HeaderEdit
		if v := fields["path"]; v != nil {
			e.Path = r.checked(v, field+".path", checkPath)
		}
		for _, half := range []struct {
			key  string
			into *proxy.FieldEdits
		}{{"request", &e.Request}, {"response", &e.Response}} {
			if v := fields[half.key]; v != nil {
				*half.into = r.fieldEdits(v, field+"."+half.key)
			}
		}
		if fields["request"] == nil && fields["response"] == nil && len(r.errs) == before {
			r.fail(item, field, "edits nothing: say what, as in request: {set: {X-Debug: \"1\"}} or response: {remove: [Server]}")
		}
		r.doc.profile.Headers = append(r.doc.profile.Headers, e)
	}
}

// fieldEdits reads what is set and removed in one half.
func (r *reader) fieldEdits(n *yaml.Node, field string) (e proxy.FieldEdits) {
	before := len(r.errs)
	fields := r.mapping(n, field, editFields)
	if v := fields["set"]; v != nil {
		e.Set = r.fieldsSet(follow(v), field+".set")
	}
	if v := fields["remove"]; v != nil {
		list := follow(v)
		if list.Kind != yaml.SequenceNode {
			r.fail(v, field+".remove", "must be a list of names, such as [Server, X-Powered-By]")
			return e
		}
		for i, item := range list.Content {
			e.Remove = append(e.Remove, r.checked(item, fmt.Sprintf("%s.remove[%d]", field, i), proxy.CheckField))
		}
	}
	if len(e.Set)+len(e.Remove) == 0 && len(r.errs) == before {
		r.fail(n, field, "edits nothing: add set: {NAME: VALUE} or remove: [NAME]")
	}
	return e
}

// fieldsSet reads names and values.
func (r *reader) fieldsSet(n *yaml.Node, field string) (set []proxy.Field) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, field, "must hold names and values, such as {X-Debug: \"1\"}")
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, at := n.Content[i].Value, field+"."+n.Content[i].Value
		r.doc.at[at] = n.Content[i+1]
		if err := proxy.CheckField(name); err != nil {
			r.fail(n.Content[i], at, "%v", err)
		}
		if slices.ContainsFunc(set, func(f proxy.Field) bool { return strings.EqualFold(f.Name, name) }) {
			r.fail(n.Content[i], at, "stands here a second time: keep one")
		}
		if strings.EqualFold(name, "Authorization") {
			r.warn(n.Content[i], at, "is a secret that whoever gets this file can read: keep the file to yourself, or let the page send it")
		}
		set = append(set, proxy.Field{Name: name, Value: r.checked(n.Content[i+1], at, proxy.CheckFieldValue)})
	}
	return set
}

// half is one half of an edit, with its key in the file.
type half struct {
	key   string
	edits proxy.FieldEdits
}

func (h HeaderEdit) halves() []half {
	return []half{{"request", h.Request}, {"response", h.Response}}
}

// compileHeaders makes the engine's form. What is wrong goes to fail.
func compileHeaders(list []HeaderEdit, fail func(field string, err error)) []proxy.HeaderEdit {
	var edits []proxy.HeaderEdit
	for i, h := range list {
		field := fmt.Sprintf("headers[%d]", i)
		e := proxy.HeaderEdit{Request: h.Request, Response: h.Response}
		if h.Path != "" {
			var err error
			if e.Path, err = regexp.Compile(h.Path); err != nil {
				fail(field+".path", checkPath(h.Path))
			}
		}
		for _, half := range h.halves() {
			for _, f := range half.edits.Set {
				if err := proxy.CheckField(f.Name); err != nil {
					fail(field+"."+half.key+".set", err)
				} else if err := proxy.CheckFieldValue(f.Value); err != nil {
					fail(field+"."+half.key+".set."+f.Name, err)
				}
			}
			for _, name := range half.edits.Remove {
				if err := proxy.CheckField(name); err != nil {
					fail(field+"."+half.key+".remove", err)
				}
			}
		}
		edits = append(edits, e)
	}
	return edits
}

// headersNode is the list as new files have it.
func headersNode(list []HeaderEdit) *yaml.Node {
	all := &yaml.Node{Kind: yaml.SequenceNode}
	for _, h := range list {
		entry := &yaml.Node{Kind: yaml.MappingNode}
		if h.Path != "" {
			put(entry, "path", stringNode(h.Path))
		}
		for _, half := range h.halves() {
			edits := &yaml.Node{Kind: yaml.MappingNode}
			if len(half.edits.Set) > 0 {
				set := &yaml.Node{Kind: yaml.MappingNode}
				for _, f := range half.edits.Set {
					put(set, f.Name, stringNode(f.Value))
				}
				put(edits, "set", flow(set))
			}
			if len(half.edits.Remove) > 0 {
				remove := &yaml.Node{Kind: yaml.SequenceNode}
				for _, name := range half.edits.Remove {
					remove.Content = append(remove.Content, stringNode(name))
				}
				put(edits, "remove", flow(remove))
			}
			if len(edits.Content) > 0 {
				put(entry, half.key, edits)
			}
		}
		all.Content = append(all.Content, entry)
	}
	return all
}
