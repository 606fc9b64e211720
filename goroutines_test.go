package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGoroutinesAreGuarded finds every place where a goroutine of ours begins: go
// statements, WaitGroup.Go, AfterFunc of time and of context. Each begins in package
// crash, so that a panic in it ends the program in order.
func TestGoroutinesAreGuarded(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testkit" || d.Name() == "docs"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for n := range ast.Preorder(file) {
			if !begins(n) {
				continue
			}
			found++
			place := files.Position(n.Pos())
			if !strings.Contains(string(text[place.Offset:files.Position(n.End()).Offset]), "crash.") && !guardedBefore(text[:place.Offset], n) && !guardedInside(file, text, n) {
				t.Errorf("%s: a panic in this goroutine ends the program at once; see package crash", place)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 15 {
		t.Errorf("only %d goroutines begin; is the code read as it is written?", found)
	}
}

// begins says whether a goroutine begins at the node.
func begins(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		return ok && slices.Contains([]string{"Go", "AfterFunc"}, f.Sel.Name)
	}
	return false
}

// guardedBefore says whether what the goroutine runs is a variable that was made by
// crash.Guarded.
func guardedBefore(before []byte, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	run, ok := call.Args[len(call.Args)-1].(*ast.Ident)
	return ok && strings.Contains(string(before), run.Name+" := crash.Guarded(")
}

// guardedInside says whether what the goroutine runs is a method of the same file that
// guards what it calls.
func guardedInside(file *ast.File, text []byte, n ast.Node) bool {
	g, ok := n.(*ast.GoStmt)
	if !ok {
		return false
	}
	called, ok := g.Call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == called.Sel.Name {
			return strings.Contains(string(text[f.Pos()-file.FileStart:f.End()-file.FileStart]), "crash.Guard(")
		}
	}
	return false
}
