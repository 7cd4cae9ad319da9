package recipe

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"testing"
)

// engineCases are expressions and texts in which they find something or don't.
var engineCases = []struct{ expression, text string }{
	{`^/api/`, "/api/x"}, {`^/api/`, "/v1/api/x"}, {`(?i)SHOP`, "/sHoP"}, {`[^/:]+$`, "a/b"}, {`[^/:]+$`, "a/"},
	{`^[[:alpha:]]+$`, "abC"}, {`^[[:alpha:]]+$`, "ab1"}, {`^\pL+$`, "ab"}, {`^\PL+$`, "1-"}, {`[α-ω]`, "a"}, {`^(?s).$`, "x"},
	{`^(?:a*)*b`, "aab"}, {`^(?:a+?){2,}?b`, "ab"}, {`(?:^)*b`, "b"}, {`^a|b c|\{\}$`, "{}"}, {`^a|b c|\{\}$`, "x b c"}, {`x\z`, "xy"}, {`\bx\B`, "xy"},
	{"[\"'`#$]{5}", "\"'`#$"}, {`\Qa.b"'\E`, `a.b"'`}, {`\Qa.b"'\E`, `axb"'`}, {`[\]\\^-]{4}`, `]\^-`}, {`[&~|]{3}`, "&~|"}, {`^[a&&b]$`, "&"}, {`a{0}b`, "b"}, {`^(a|b){2,3}$`, "abab"},
}

// All engines read a portable expression as RE2 reads what it was made of.
func TestPortableInAllEngines(t *testing.T) {
	type one struct {
		Expression, Text string
		Want             bool
	}
	var all []one
	for _, c := range engineCases {
		re, err := portable(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one{re, c.text, regexp.MustCompile(c.expression).MatchString(c.text)})
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string][]string{
		"python3": {"-c", `import json, re, sys
for c in json.loads(sys.argv[1]):
    if bool(re.search(c["Expression"], c["Text"])) != c["Want"]: print(c)`},
		"node": {"-e", `for (const c of JSON.parse(process.argv[1])) if (new RegExp(c.Expression).test(c.Text) !== c.Want) console.log(c)`},
		"ruby": {"-W0", "-rjson", "-e", `JSON.parse(ARGV[0]).each { |c| puts c if Regexp.new(c["Expression"]).match?(c["Text"]) != c["Want"] }`},
		"php":  {"-r", `foreach (json_decode($argv[1]) as $c) if (preg_match("#$c->Expression#D", $c->Text) !== (int) $c->Want) echo json_encode($c), "\n";`, "--"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command(tool(t, name), append(program, string(data))...).CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
