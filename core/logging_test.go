package core

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestEventsGoToTheHandlerThatIsSet(t *testing.T) {
	before, level := logHandler.Load(), logLevel.Load()
	defer func() {
		logHandler.Store(before)
		logLevel.Store(level)
		LogCompiles = false
	}()
	var out bytes.Buffer
	SetLogHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	lines := func() []string {
		defer out.Reset()
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}

	LogElapsed("compile", "Finished %s in %.1f sec", "jit(f)", time.Now())
	CacheLog.Info("quiet")
	if out.Len() != 0 {
		t.Fatalf("below the level, yet told: %s", lines())
	}
	SecurityLog.With("user", "me").Warn("refused", "path", "/x")
	got := lines()[0]
	for _, want := range []string{"level=WARN", "msg=refused", "path=/x", "logger=security", "user=me"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
	LogCompiles = true
	LogElapsed("compile", "Finished %s in %.1f sec", "jit(f)", time.Now())
	got = lines()[0]
	for _, want := range []string{"level=WARN", `msg="Finished jit(f) in 0.0 sec"`, "event=compile"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
	SetLogLevel(slog.LevelDebug)
	LogCompiles = false
	if !CompileLog.Enabled(context.Background(), slog.LevelDebug) || CompileLog.Enabled(context.Background(), slog.LevelDebug-1) {
		t.Error("the level is not looked at")
	}
}

// What nobody wants costs an atomic load: nothing is formatted or allocated.
func TestUnwantedEventsAllocateNothing(t *testing.T) {
	start := time.Now()
	if n := testing.AllocsPerRun(100, func() { LogElapsed("compile", "Finished %s in %.1f sec", "jit(f)", start) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
