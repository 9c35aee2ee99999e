"""The debugger of debug.breakpoint: frames of the traced function, with values in the place of tracers."""

from __future__ import annotations

import cmd
import inspect
import os
import sys
import threading

from . import _fast
from . import tree_util as tu
from ._callback import debug_callback, pure_callback

_lock = threading.Lock()
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Frame:
    """One Python frame: where it is, its source and its variables."""

    def __init__(self, info):
        self.filename, self.lineno, self.code_context = info.filename, info.lineno, info.code_context
        self.locals, self.globals = dict(info.frame.f_locals), {}
        try:
            _, start = inspect.getsourcelines(info.frame)
            self.source = inspect.getsource(info.frame).split("\n")
            self.offset = info.lineno - max(start, 1)
            if self.offset >= len(self.source):
                self.source, self.offset = [], None
        except OSError:
            self.source, self.offset = [], None

    def traced(self):
        """The variables that hold tracers, as (name, leaves, tree of the value, which leaves)."""
        out = []
        for name, value in self.locals.items():
            try:
                leaves, tree = tu.tree_flatten(value)
            except Exception:  # nosec B112 # a node that can't be flattened is shown as it is
                continue
            where = [i for i, x in enumerate(leaves) if isinstance(x, _fast.Tracer)]
            if where:
                out.append((name, leaves, tree, where))
        return out


def stop(backend, filter_frames, num_frames, ordered, token, options):
    if token is not None and ordered:
        raise ValueError("`ordered` and `token` are mutually exclusive arguments.")
    infos = [i for i in inspect.stack()[2:] if not filter_frames or not i.filename.startswith(_PACKAGE)]
    frames = [Frame(i) for i in infos][:num_frames]
    operands, places = [], []
    for frame in frames:
        for name, leaves, tree, where in frame.traced():
            places.append((frame, name, leaves, tree, where))
            operands += [leaves[i] for i in where]

    def run(*values):
        it = iter(values)
        for frame, name, leaves, tree, where in places:
            leaves = list(leaves)
            for i in where:
                leaves[i] = next(it)
            frame.locals[name] = tu.tree_unflatten(tree, leaves)
        with _lock:
            Debugger(frames, **options).run()

    if token is None:
        debug_callback(run, *operands, ordered=ordered)
        return None
    from .lax import stop_gradient

    token, operands = stop_gradient(token), [stop_gradient(x) for x in operands]

    def wrapped(x, *values):
        run(*values)
        return x

    return pure_callback(wrapped, token, token, *operands)


class Debugger(cmd.Cmd):
    """A text debugger: expressions are evaluated in the current frame."""

    prompt = "(jdb) "
    intro = "Entering jdb:"

    def __init__(self, frames, stdin=None, stdout=None, completekey="tab"):
        super().__init__(completekey=completekey, stdin=stdin, stdout=stdout)
        self.use_rawinput = stdin is None
        self.frames, self.index = frames, 0

    def say(self, text):
        print(text, file=self.stdout)

    def evaluate(self, expression):
        frame = self.frames[self.index]
        return eval(expression, {}, {**frame.globals, **frame.locals})  # nosec B307 # what the user typed

    def show(self, expression, form):
        import traceback

        try:
            text = form(self.evaluate(expression))
        except BaseException as e:
            text = "*** " + traceback.format_exception_only(e)[-1].strip()
        self.say(text)

    def context(self, around=2):
        frame = self.frames[self.index]
        lines = [f"> {frame.filename}({frame.lineno})"]
        for i, line in enumerate(frame.source):
            if frame.offset - 1 - around <= i <= frame.offset + around:
                lines.append(("->  " if i == frame.offset else "    ") + line)
        self.say("\n".join(lines))

    def default(self, line):
        """Evaluates an expression."""
        self.show(line, repr)

    def do_p(self, arg):
        """p expression: evaluates and prints."""
        self.show(arg, repr)

    def do_pp(self, arg):
        """pp expression: evaluates and prints over several lines."""
        import pprint

        self.show(arg, pprint.pformat)

    def do_up(self, arg):
        """u(p): to the frame that called."""
        if self.index == len(self.frames) - 1:
            self.say("At topmost frame.")
        else:
            self.index += 1
        self.context()

    def do_down(self, arg):
        """d(own): to the frame called."""
        if self.index == 0:
            self.say("At bottommost frame.")
        else:
            self.index -= 1
        self.context()

    def do_list(self, arg):
        """l(ist): the source around."""
        self.context(5)

    def do_where(self, arg):
        """w(here): the frames, the innermost last."""
        lines = ["Traceback:"]
        for frame in self.frames[::-1]:
            lines.append(f'  File "{frame.filename}", line {frame.lineno}')
            source = "<no source>" if frame.offset is None else frame.source[frame.offset].strip()
            lines.append("    " + source)
        self.say("\n".join(lines))

    def do_continue(self, arg):
        """c(ont(inue)): the program goes on."""
        return True

    def do_quit(self, arg):
        """q(uit): the program exits."""
        sys.exit(0)

    do_u, do_d, do_l = do_up, do_down, do_list
    do_w = do_bt = do_where
    do_c = do_cont = do_continue
    do_q = do_EOF = do_exit = do_quit

    def run(self):
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                print("--KeyboardInterrupt--")
