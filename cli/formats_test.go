package cli_test

import (
	"os"
	"strings"
	"testing"

	"labtop/recording"
)

// TestFormatsAreTold: help, the manual page and the docs name every format.
func TestFormatsAreTold(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../docs/recording.md")
	if err != nil {
		t.Fatal(err)
	}
	_, help, _ := run(t, nil, "import", "--help")
	_, man, _ := run(t, nil, "man")
	man = strings.ReplaceAll(man, `\-`, "-")
	for _, f := range recording.Formats() {
		if !strings.Contains(string(docs), "`"+f.Name+"`") {
			t.Errorf("the docs do not tell of %s", f.Name)
		}
		if !strings.Contains(help, "\n  "+f.Name+" ") || !strings.Contains(man, `.B "`+f.Name+`"`) {
			t.Errorf("help and the manual page do not tell of %s", f.Name)
		}
	}
}
