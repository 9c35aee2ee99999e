package pybind

/*
#include "jgpy.h"
void jg_log_set_pending(int on);
long jg_log_level(void);
*/
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"path"
	"runtime"
	"strings"
	"sync"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
)

// Events come from any thread, most of them while the GIL is released. They are queued here, and the call that ends
// next, which has the GIL, hands them to Python (jg_log_deliver). Nobody waits for the GIL to log.

const maxQueued = 1024

var logQueue struct {
	sync.Mutex
	records []slog.Record
	dropped int
}

// queueHandler is the slog.Handler that queues.
type queueHandler struct{}

func (queueHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h queueHandler) WithAttrs([]slog.Attr) slog.Handler     { return h } // core's loggers keep them
func (h queueHandler) WithGroup(string) slog.Handler          { return h }

func (queueHandler) Handle(_ context.Context, r slog.Record) error {
	logQueue.Lock()
	defer logQueue.Unlock()
	if len(logQueue.records) >= maxQueued {
		logQueue.dropped++
		return nil
	}
	logQueue.records = append(logQueue.records, r)
	C.jg_log_set_pending(1)
	return nil
}

// pyLevel is the number that the module logging has for a level: 10 for Debug to 40 for Error.
func pyLevel(l slog.Level) int { return 20 + int(l)*10/4 }

func slogLevel(py int) slog.Level { return slog.Level((py - 20) * 4 / 10) }

func init() {
	core.SetLogHandler(queueHandler{})
	core.AskLogLevel = func() {
		th := core.Current()
		l := int(C.jg_log_level())
		core.SetCurrent(th)
		core.SetLogLevel(slogLevel(l))
	}
	lowering.Version = version
	configSetters["log_compiles"] = func(v *core.Arg) { core.LogCompiles = v.I != 0 }
	configSetters["explain_cache_misses"] = func(v *core.Arg) { lowering.ExplainCacheMisses = v.I != 0 }
	// take_log() -> [[level, logger, text, time, file, line, function, [[name, value], …]], …], and empties the queue
	provide("take_log", func(*core.Args) []any {
		logQueue.Lock()
		records, dropped := logQueue.records, logQueue.dropped
		logQueue.records, logQueue.dropped = nil, 0
		C.jg_log_set_pending(0)
		logQueue.Unlock()
		out := make([]any, 0, len(records)+1)
		for i := range records {
			out = append(out, logRow(&records[i]))
		}
		if dropped > 0 {
			out = append(out, []any{30, "compile", fmt.Sprintf("%d events were dropped", dropped), 0.0, "", 0, "", []any{}})
		}
		return out
	})
	// log(level, logger, text, [[name, value], …]) logs an event of the Python side in the way of the others
	provide("log", func(a *core.Args) []any {
		logger, ok := map[string]*slog.Logger{"plugin": core.PluginLog, "security": core.SecurityLog, "compile": core.CompileLog}[a.Str(1)]
		if !ok {
			core.Errorf(core.ValueError, "no logger %s", a.Str(1))
		}
		var args []any
		for _, it := range a.Seq(3) {
			args = append(args, string([]byte(it.Items[0].S)), string([]byte(it.Items[1].S)))
		}
		core.AskLogLevel()
		logger.Log(context.Background(), slogLevel(a.Int(0)), string([]byte(a.Str(2))), args...)
		return nil
	})
}

func logRow(r *slog.Record) []any {
	logger, fields := "", []any{}
	r.Attrs(func(at slog.Attr) bool {
		if at.Key == "logger" {
			logger = at.Value.String()
			return true
		}
		var v any
		switch at.Value.Kind() {
		case slog.KindInt64:
			v = at.Value.Int64()
		case slog.KindFloat64:
			v = at.Value.Float64()
		case slog.KindBool:
			v = at.Value.Bool()
		default:
			v = at.Value.String()
		}
		fields = append(fields, []any{at.Key, v})
		return true
	})
	f, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	function := strings.TrimPrefix(f.Function, "github.com/jaxgo/") // jaxgo/lowering.compileOrLoad
	dir, name, _ := strings.Cut(path.Base(function), ".")
	file := path.Join(path.Dir(function), dir, path.Base(f.File))
	return []any{pyLevel(r.Level), logger, r.Message, float64(r.Time.UnixNano()) / 1e9, file, f.Line, name, fields}
}
