package profiles

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// Mistakes that a schema can't see, and why.
var beyondSchema = map[string]string{
	"port.yaml":          "a pattern for numbers up to 65535 would be unreadable",
	"merge.yaml":         "the merge is done before the schema is asked",
	"two-documents.yaml": "only the first one is read here",
}

func TestSchema(t *testing.T) {
	golden(t, "schema.json", Schema())
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files(t, "testdata/good/*.yaml") {
		var v any
		if err := yaml.Unmarshal(readFile(t, file), &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	refused := 0
	for _, file := range files(t, "testdata/bad/*.yaml") {
		var v any
		if err := yaml.Unmarshal(readFile(t, file), &v); err != nil {
			continue // no YAML, so no schema is asked
		}
		err := schema.Validate(v)
		if err != nil {
			refused++
		}
		_, beyond := beyondSchema[filepath.Base(file)]
		if (err == nil) != beyond {
			t.Errorf("%s: got %v", file, err)
		}
	}
	if refused < 10 {
		t.Errorf("only %d bad files were refused", refused)
	}
}
