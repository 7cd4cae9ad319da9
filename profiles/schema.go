package profiles

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schema is the part of JSON Schema (draft 2020-12) that Schema uses.
type schema struct {
	Dialect     string              `json:"$schema,omitempty"`
	Title       string              `json:"title,omitempty"`
	Description string              `json:"description,omitempty"`
	Type        string              `json:"type"`
	Default     any                 `json:"default,omitempty"`
	Pattern     string              `json:"pattern,omitempty"`
	MinLength   int                 `json:"minLength,omitempty"`
	MaxLength   int                 `json:"maxLength,omitempty"`
	MinItems    int                 `json:"minItems,omitempty"`
	Items       *schema             `json:"items,omitempty"`
	Properties  json.RawMessage     `json:"properties,omitempty"`
	Required    []string            `json:"required,omitempty"`
	Dependent   map[string][]string `json:"dependentRequired,omitempty"`
	Names       *schema             `json:"propertyNames,omitempty"`
	Additional  *bool               `json:"additionalProperties,omitempty"`
}

// property is one entry of a schema's properties, which keep their order for
// the editors' sake.
type property struct {
	name string
	schema
}

// Schema returns the JSON Schema (draft 2020-12) of a profile file, for editors.
// It is the content of schema.json. It knows less than Parse: it does not read
// regular expressions, ports or the files that are named. Unknown keys pass, as in Parse.
func Schema() []byte {
	const host = `[^/?#@\s]+`
	no := false
	backend := object(
		property{"url", schema{Type: "string", Pattern: `^([hH][tT][tT][pP]|[wW][sS])[sS]?://` + host + `(/[^?#]*)?$`,
			Description: "Requests to choose: scheme://host[:port][/prefix]. The host may begin with \"*.\", the port may be \"*\". ws goes with http, wss with https."}},
		property{"path", schema{Type: "string", MinLength: 1,
			Description: "Only paths that match this regular expression (RE2), such as ^/api/; others go to the next backend that matches, or to the url's own host."}},
		property{"upstream", schema{Type: "string", Pattern: `^[hH][tT][tT][pP][sS]?://` + host + `(/[^?#]*)?$`,
			Description: "Where to connect instead: scheme://host[:port][/prefix], http or https. What names it in redirects and cookies is mapped back to the url."}},
		property{"host", schema{Type: "string", Pattern: `^([^/:*?#@\s]+|\[[0-9a-fA-F:.]+\])(:[0-9]+)?$`,
			Description: "What the upstream gets as Host: url (the host that the browser asked for), upstream (its own), or a name, perhaps with a port. Without it upstream for plain http on this machine, where dev servers answer to their own name alone, and url elsewhere."}},
		property{"server-name", schema{Type: "string", Pattern: `^[^/:*?#@\s]+$|^[0-9a-fA-F:.]+$`,
			Description: "The name that TLS asks the upstream for (SNI), and that its certificate must have, where it is not that in Host."}},
		property{"ca", schema{Type: "string", MinLength: 1,
			Description: "A PEM file with certificates that are trusted for this upstream besides the system's; its path is relative to this file."}},
		property{"certificate", schema{Type: "string", MinLength: 1,
			Description: "A PEM file with the client certificate that this upstream asks for, and those between it and its authority behind it; its path is relative to this file."}},
		property{"key", schema{Type: "string", MinLength: 1,
			Description: "The PEM file with the certificate's key, if that is not in the same file."}},
		property{"insecure", schema{Type: "boolean", Default: false,
			Description: "Don't verify the upstream's certificate."}},
	)
	backend.Required = []string{"url"}
	backend.Dependent = map[string][]string{"key": {"certificate"}, "host": {"upstream"}}
	var switches []property
	for _, m := range Catalog() {
		switches = append(switches, property{m.Name, schema{Type: "boolean", Default: m.Default,
			Description: m.Label + ". " + m.Help}})
	}
	toggles := object(switches...)
	toggles.Additional = &no
	toggles.Description = "Only what differs from the defaults."
	token := `^[!#$%&'*+.^_|~0-9A-Za-z` + "`" + `-]+$`
	csrf := object(
		property{"cookie", schema{Type: "string", Pattern: token, Default: DefaultCSRFCookie,
			Description: "The cookie in which the backend hands out its CSRF token."}},
		property{"header", schema{Type: "string", Pattern: token, Default: DefaultCSRFHeader,
			Description: "The request header in which the backend wants the token back."}},
	)
	csrf.Description = "The names that the backend uses for its CSRF token; Django's are the default."
	name := &schema{Type: "string", Pattern: token}
	set := object()
	set.Names, set.Description = name, "Fields with the one value that each gets."
	half := func(of string) schema {
		h := object(property{"set", set}, property{"remove", schema{Type: "array", Items: name, Description: "Names of fields that go."}})
		h.Description = "What is set and removed in " + of + "."
		return h
	}
	edit := object(
		property{"path", schema{Type: "string", MinLength: 1, Description: "Only paths that match this regular expression (RE2), such as ^/api/."}},
		property{"request", half("requests, before the backend gets them")},
		property{"response", half("answers, as if the backend had said so")},
	)
	root := object(
		property{"name", schema{Type: "string", Pattern: `^\S(.*\S)?$`, MaxLength: maxName,
			Description: "What the tray shows. Unique among your profiles."}},
		property{"backends", schema{Type: "array", MinItems: 1, Items: &backend,
			Description: "The backends that pages may use. The first that matches a request counts."}},
		property{"proxy", schema{Type: "string", Default: "environment", Pattern: `^(direct|environment|([hH][tT][tT][pP][sS]?|[sS][oO][cC][kK][sS]5[hH]?)://([^/?#@\s]*@)?` + host + `/*)$`,
			Description: "The proxy on the way to the backends: http://, https:// or socks5://host:port, direct, or environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY). Its user and password are better kept in the environment: those of the same proxy there are used."}},
		property{"origins", schema{Type: "array", MinItems: 1, Default: (&Profile{}).AllowedOrigins(),
			Items:       &schema{Type: "string", Pattern: `^(null|/.+/|([hH][tT][tT][pP]|[wW][sS])[sS]?://` + host + `)$`},
			Description: "The origins of the pages that may use the backends: scheme://host[:port] with * as in url, \"null\", and /regular expressions/ that match an origin as a whole."}},
		property{"toggles", toggles},
		property{"csrf", csrf},
		property{"headers", schema{Type: "array", MinItems: 1, Items: &edit,
			Description: "Header fields to set and to remove, for allowed pages and the backend's own; the toggle edit-headers turns it off."}},
		property{"keep-session", schema{Type: "boolean", Default: false,
			Description: "Keep the held session's cookies on this machine when Corsage ends, in a file that only you can read. Turned off, what was kept is removed."}},
	)
	root.Dialect = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "Corsage profile"
	root.Description = "Backends that pages on your machine may use, and what is done for them."
	root.Required = []string{"name", "backends"}
	return append(bytes.TrimSpace(marshal(root, "  ")), '\n')
}

// object is the schema of a mapping with these properties.
func object(properties ...property) schema {
	var b bytes.Buffer
	for i, p := range properties {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", p.name, marshal(p.schema, ""))
	}
	return schema{Type: "object", Properties: []byte("{" + b.String() + "}")}
}

// marshal writes a schema, which always can be written.
func marshal(s schema, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return b.Bytes()
}
