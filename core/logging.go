package core

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"
)

// Events are reported to four loggers. Where they go is for SetLogHandler's caller to say: the Python package hands them
// to the module logging, a Go program gets those of level Warn and above in slog's default handler. An event has names,
// times, sizes and paths; values of arrays never are part of one.
var (
	CompileLog  = newLogger("compile")  // tracing, lowering, compiling
	CacheLog    = newLogger("cache")    // programs found on disk, missed, written, thrown away
	PluginLog   = newLogger("plugin")   // plugins and clients
	SecurityLog = newLogger("security") // what was refused, and why
)

// LogCompiles makes the events of compiling warnings, as jax_log_compiles does.
var LogCompiles bool

// AskLogLevel is called, on the thread that traces, before events of level Debug or Info may follow; it may set the level.
var AskLogLevel = func() {}

var (
	logLevel   atomic.Int64 // of events below it nobody wants to hear
	logHandler atomic.Pointer[slog.Handler]
)

func init() { logLevel.Store(int64(slog.LevelWarn)) }

// SetLogHandler sends the events to h, which must be safe for use by many threads.
func SetLogHandler(h slog.Handler) { logHandler.Store(&h) }

// SetLogLevel says which events are wanted: asking costs the others one atomic load.
func SetLogLevel(l slog.Level) { logLevel.Store(int64(l)) }

// CompileLevel is the level of events of compiling.
func CompileLevel() slog.Level {
	if LogCompiles {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// LogElapsed reports to CompileLog that a step of making a program is done. text is JAX's, with a verb for the program's
// name and one for the seconds.
func LogElapsed(event, text, program string, start time.Time) {
	if !CompileLog.Enabled(context.Background(), CompileLevel()) {
		return
	}
	s := time.Since(start).Seconds()
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	r := slog.NewRecord(time.Now(), CompileLevel(), fmt.Sprintf(text, program, s), pc[0])
	r.Add("event", event, "program", program, "seconds", s)
	_ = CompileLog.Handler().Handle(context.Background(), r)
}

// forwarder is the handler behind a logger: it adds the logger's name.
type forwarder struct {
	name  string
	attrs []slog.Attr
}

func newLogger(name string) *slog.Logger { return slog.New(&forwarder{name: name}) }

func (f *forwarder) Enabled(_ context.Context, l slog.Level) bool { return int64(l) >= logLevel.Load() }

func (f *forwarder) Handle(ctx context.Context, r slog.Record) error {
	h := slog.Default().Handler()
	if p := logHandler.Load(); p != nil {
		h = *p
	}
	r = r.Clone()
	r.AddAttrs(append([]slog.Attr{slog.String("logger", f.name)}, f.attrs...)...)
	return h.Handle(ctx, r)
}

func (f *forwarder) WithAttrs(as []slog.Attr) slog.Handler {
	return &forwarder{f.name, append(append([]slog.Attr{}, f.attrs...), as...)}
}

func (f *forwarder) WithGroup(string) slog.Handler { return f }
