package crash_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"labtop/crash"
)

func explode() { panic("no such thing") }

func TestGuard(t *testing.T) {
	t.Parallel()
	failure := errors.New("no space")
	if err := crash.Guard(func() error { return failure }); !errors.Is(err, failure) || crash.In(err) != nil {
		t.Errorf("an error became %v", err)
	}
	if err := crash.Guard(func() error { return nil }); err != nil || crash.In(err) != nil {
		t.Error(err)
	}
	check(t, crash.Guard(func() error { explode(); return nil }))
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	if crash.Cause(ctx) != nil {
		t.Error("a cause before there is one")
	}
	go crash.Guarded(cancel, explode)()
	<-ctx.Done()
	check(t, crash.Cause(ctx))
	check(t, crash.In(fmt.Errorf("it ended: %w", context.Cause(ctx))))
}

func check(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*crash.Error](err)
	if !ok {
		t.Fatalf("%v is no panic", err)
	}
	if e.Error() != "internal error: no such thing" || !strings.Contains(string(e.Stack), "crash_test.explode") {
		t.Errorf("%v\n%s", e, e.Stack)
	}
}
