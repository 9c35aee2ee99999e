"""Threads, exceptions, signals, child processes and damaged caches, in large numbers. Each result is compared with a known one.

    python tests/stress/stress.py            the whole of it, an hour at most
    JAXGO_STRESS=short python ...            three minutes

Each part runs in a process of its own under a watchdog, counts what it did, and watches its memory:

    threads   sixteen threads call operations one by one, transform and compile functions, and make mistakes; at random they get
              exceptions from outside, the main thread Ctrl-C
    steps     training steps, jitted, differentiated one by one, and donated, in four threads
    fork      a process with threads forks children, which must get an error, and starts others, which must compute
    cache     processes share a cache directory; they are killed while they write, run out of space, and find damaged entries
"""

import argparse
import contextlib
import ctypes
import faulthandler
import gc
import json
import multiprocessing
import os
import pathlib
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

WORKERS = 16
# Memory that does not come back: what a part may have grown by when its work has been done. Allocators keep a little for each
# thread; a sanitizer keeps what was freed, and does without the check.
GROWTH_MB = 48 if "ASAN_OPTIONS" not in os.environ else float("inf")


def rss_mb():
    """This process's resident memory."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Figures(dict):
    """Counts of one part, and its memory."""

    def add(self, name, n=1):
        self[name] = self.get(name, 0) + n

    def watch(self):
        """Starts to look at the memory: call it when everything has been used once."""
        gc.collect()
        self["RSS at the start, MB"] = self["RSS at most, MB"] = rss_mb()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self):
        while not self._over.wait(0.05):
            self["RSS at most, MB"] = max(self["RSS at most, MB"], rss_mb())

    def end(self):
        self._over.set()
        self._watcher.join()
        for _ in range(3):
            gc.collect()
            time.sleep(0.2)
        self["RSS at the end, MB"] = rss_mb()
        grown = self["RSS at the end, MB"] - self["RSS at the start, MB"]
        assert grown < GROWTH_MB, f"memory grew by {grown:.0f} MB"


class Wrong(AssertionError):
    """A result that is not what it must be."""


def check(what, got, want, tol=2e-5):
    got = np.asarray(got)
    if got.shape != want.shape or got.dtype != want.dtype:
        raise Wrong(f"{what}: {got.dtype}{got.shape}, not {want.dtype}{want.shape}")
    if tol == 0 or got.dtype.kind in "biu":
        good = np.array_equal(got, want)
    else:
        good = bool(np.all(np.abs(got - want) <= tol * (1 + np.abs(want))))
    if not good:
        raise Wrong(f"{what}: {got!r}, not {want!r}")


class Injected(Exception):
    """Comes from another thread, between any two instructions."""


class Target:
    """A thread that takes exceptions from outside, while it is in `attempt`."""

    def __init__(self, main=False):
        self.main, self.lock = main, threading.Lock()
        self.ident, self.open, self.sent, self.hit = None, False, False, 0

    def attempt(self, f):
        """Calls f. False: an exception from outside ended it."""
        try:
            self.open = True
            f()
            with self.lock:
                self.open = False
            while self.sent:  # one that is on its way arrives here
                time.sleep(0)
        except (Injected, KeyboardInterrupt):
            self.open = False
            self.hit += 1
            self.sent = False
            return False
        except BaseException:
            with self.lock:
                self.open = False
            raise
        return True

    def inject(self):
        with self.lock:
            if not self.open or self.sent:
                return
            self.sent = True
            if self.main:
                os.kill(os.getpid(), signal.SIGINT)
            else:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(Injected))


# ---- sixteen threads ----


def cases():
    """Operations by name: what computes, and what it must give."""
    import jaxgo as jax
    import jaxgo.numpy as jnp

    r = np.random.default_rng(0)
    f32 = np.float32
    x, y = r.standard_normal(12).astype(f32), r.standard_normal(12).astype(f32)
    m, n = r.standard_normal((4, 5)).astype(f32), r.standard_normal((5, 3)).astype(f32)
    i = r.permutation(12).astype(np.int32)
    big = r.standard_normal(20_000).astype(f32)
    X, Y, M, N, I, BIG = map(jnp.asarray, (x, y, m, n, i, big))
    key = jax.random.key(7)
    sample = np.asarray(jax.random.normal(key, (12,)))
    loss = lambda v: jnp.sum(jnp.sin(v) * v)
    dloss = (np.cos(x) * x + np.sin(x)).astype(f32)
    step = jax.jit(lambda a, b: {"sum": a + b, "both": (a * b, a - b)})
    scan = jax.jit(lambda a: jax.lax.scan(lambda c, v: (c + v, c * v), jnp.float32(0), a))
    partial_sums = np.concatenate([[f32(0)], np.cumsum(x, dtype=f32)[:-1]])

    def tree(_):
        out = step(X, Y)
        check("a + b in a tree", out["sum"], x + y)
        return out["both"][1]

    def donated(_):
        v = jnp.asarray(x.copy())
        w = give(v)
        if not v.is_deleted():
            raise Wrong("a donated array was not deleted")
        return w

    give = jax.jit(lambda v: v * 2, donate_argnums=0)

    def called(_):
        return jax.pure_callback(lambda v: np.asarray(v) * f32(2), jax.ShapeDtypeStruct((12,), f32), X)

    def fresh(k):  # the trace is new each time, the function as well
        c = f32(k % 8)
        return jax.jit(lambda v: v * c + 1)(X) - (X * c + 1)

    def deep(k):
        t = {"a": [X, (Y, None)], "b": {str(j): X for j in range(k % 5)}}
        leaves, treedef = jax.tree.flatten(jax.tree.map(lambda v: v + 0, t))
        return jax.tree.unflatten(treedef, leaves)["a"][1][0]

    eager = {
        "add": (lambda k: X + Y, x + y),
        "scalar": (lambda k: X * 2.5 - 1, x * f32(2.5) - f32(1)),
        "sin": (lambda k: jnp.sin(X), np.sin(x)),
        "sum": (lambda k: jnp.sum(M, axis=1), m.sum(1)),
        "matmul": (lambda k: M @ N, m @ n),
        "take": (lambda k: X[I], x[i]),
        "slice": (lambda k: X[2:9:2], x[2:9:2]),
        "set": (lambda k: X.at[3].set(9.0), np.concatenate([x[:3], [f32(9)], x[4:]])),
        "sort": (lambda k: jnp.sort(X), np.sort(x)),
        "where": (lambda k: jnp.where(X > 0, X, Y), np.where(x > 0, x, y)),
        "concatenate": (lambda k: jnp.concatenate([X, Y]), np.concatenate([x, y])),
        "cumsum": (lambda k: jnp.cumsum(X), np.cumsum(x, dtype=f32)),
        "transpose": (lambda k: M.T, m.T),
        "compare": (lambda k: I == 3, i == 3),
        "integers": (lambda k: (I * 3) // 4, (i * 3) // 4),
        "mean": (lambda k: jnp.mean(BIG), np.mean(big)),
        "convert": (lambda k: jnp.asarray(x) + 0, x),
        "random": (lambda k: jax.random.normal(key, (12,)), sample),
        "view": (lambda k: np.asarray(memoryview(X)), x),
        "pickle": (lambda k: pickle.loads(pickle.dumps(X)), x),
        "large": (lambda k: BIG * 2, big * 2),
    }
    transformed = {
        "grad": (lambda k: jax.grad(loss)(X), dloss),
        "grad of jit": (lambda k: jax.grad(jax.jit(loss))(X), dloss),
        "jit": (lambda k: step(X, Y)["both"][0], x * y),
        "tree": (tree, x - y),
        "jvp": (lambda k: jax.jvp(loss, (X,), (Y,))[1], np.sum(dloss * y)),
        "vmap": (lambda k: jax.vmap(jnp.dot, in_axes=(1, None))(M, M[:, 0]), m.T @ m[:, 0]),
        "vmap of grad": (lambda k: jax.vmap(jax.grad(lambda v: v * v * v))(X), 3 * x * x),
        "scan": (lambda k: scan(X)[1], partial_sums * x),
        "fresh": (fresh, np.zeros(12, f32)),
        "donated": (donated, x * 2),
        "callback": (called, x * 2),
        "deep": (deep, y),
    }

    class Own(Exception):
        pass

    def raises(v):
        jnp.sin(v)
        raise Own

    leaked = []
    jax.jit(lambda v: leaked.append(v) or v)(1.0)

    def recurse(v):
        return jax.jit(recurse)(v)

    mistakes = [
        (lambda: jnp.ones(3) + jnp.ones(4), TypeError),
        (lambda: jnp.sum(X, axis=3), ValueError),
        (lambda: jax.grad(raises)(X), Own),
        (lambda: jax.jit(raises)(X), Own),
        (lambda: jax.vmap(raises)(X), Own),
        (lambda: jax.lax.scan(lambda c, v: raises(v), 0.0, X), Own),
        (lambda: leaked[0] + 1, jax.errors.UnexpectedTracerError),
        (lambda: jax.jit(lambda v: 1 if v > 0 else 2)(1.0), jax.errors.TracerBoolConversionError),
        (lambda: jax.jit(lambda v: v)("text"), TypeError),
        (lambda: jax.grad(lambda v: v)(X), TypeError),
        (lambda: jax.pure_callback(lambda v: 1 / 0, jax.ShapeDtypeStruct((), f32), X[0]).block_until_ready(), RuntimeError),
        (lambda: jnp.reshape(X, (5, 5)), TypeError),
        (lambda: jax.tree.map(raises, {"a": [X]}), Own),
    ]
    return eager, transformed, mistakes, recurse


def part_threads(figures, size, seed):
    import jaxgo as jax

    eager, transformed, mistakes, recurse = cases()
    for name, (f, want) in (*eager.items(), *transformed.items()):
        for k in range(40):
            check(name, f(k), want)
    for f, kind in mistakes:
        with contextlib.suppress(kind):
            f()
            raise Wrong(f"no {kind.__name__}")
    main = Target(main=True)

    def on_interrupt(signum, frame):
        if main.open:
            main.open = False
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, on_interrupt)
    errors, lock, left = [], threading.Lock(), [size]
    eager, transformed = list(eager.items()), list(transformed.items())

    def take(n):
        with lock:
            n = min(n, left[0])
            left[0] -= n
            return n

    def work(target, seed):
        r = random.Random(seed)
        count = {}
        target.ident = threading.get_ident()

        def one(table, what):
            name, (f, want) = r.choice(table)
            check(name, f(r.randrange(1000)), want)
            count[what] = count.get(what, 0) + 1

        def some():
            for _ in range(50):
                one(eager, "operations, one by one")
            for _ in range(6):
                one(transformed, "transformed and compiled calls")
            f, kind = r.choice(mistakes)
            try:
                f()
            except kind:
                count["mistakes that got their exception"] = count.get("mistakes that got their exception", 0) + 1
            else:
                raise Wrong(f"no {kind.__name__}")

        try:
            while not errors and take(50):
                target.attempt(some)
            if target.main:
                for _ in range(3):  # the stack of the main thread is the deepest
                    with contextlib.suppress(RecursionError):
                        recurse(1.0)
                        raise Wrong("no RecursionError")
        except BaseException as e:
            errors.append(e)
        with lock:
            for what, n in count.items():
                figures.add(what, n)

    targets = [main] + [Target() for _ in range(WORKERS - 1)]
    figures.watch()
    live = None
    threads = [threading.Thread(target=work, args=(t, (seed, i).__hash__())) for i, t in enumerate(targets) if not t.main]
    done = threading.Event()

    def inject():
        r = random.Random(seed)
        while not done.wait(r.expovariate(200)):
            r.choice(targets).inject()

    injector = threading.Thread(target=inject, daemon=True)
    live = len(jax.live_arrays())
    for t in [*threads, injector]:
        t.start()
    work(main, seed)
    for t in threads:
        t.join()
    done.set()
    injector.join()
    if errors:
        raise errors[0]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    figures.add("Ctrl-C", main.hit)
    figures.add("exceptions from other threads", sum(t.hit for t in targets if not t.main))
    for table in (eager, transformed):
        for name, (f, want) in table:
            check(name, f(1), want)
    for _ in range(3):
        gc.collect()
    jax.numpy.ones(1) + 1  # what died in Python is released at the next call
    grown = len(jax.live_arrays()) - live
    if grown > 8:
        raise Wrong(f"{grown} arrays were never freed")
    figures.end()


# ---- training steps ----


def part_steps(figures, size, seed):
    import jaxgo as jax
    import jaxgo.numpy as jnp

    r = np.random.default_rng(seed)
    x, w0 = r.standard_normal((32, 6)), r.standard_normal(6)
    y = x @ w0 + 0.1 * r.standard_normal(32)
    rate, decay = 0.05, 0.9
    # The trajectory in double precision. It starts anew every `length` steps.
    length, want = 100, []
    w, v = np.zeros(6), np.zeros(6)
    for _ in range(length):
        e = x @ w - y
        want.append((np.mean(e**2), w.copy()))
        v = decay * v - rate * 2 / 32 * x.T @ e
        w = w + v
    X, Y = jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)

    def loss(p):
        return jnp.mean((X @ p["w"] - Y) ** 2)

    def update(p, v, g):
        v = jax.tree.map(lambda v, g: decay * v - rate * g, v, g)
        return jax.tree.map(jnp.add, p, v), v

    def step(p, v):
        l, g = jax.value_and_grad(loss)(p)
        return *update(p, v, g), l

    def many(p, v):
        (p, v), l = jax.lax.scan(lambda c, _: ((out := step(*c))[:2], out[2]), (p, v), None, length=10)
        return p, v, l[-1]

    kinds = {
        "jitted": (jax.jit(step), 1),
        "one by one": (step, 1),
        "donated": (jax.jit(step, donate_argnums=(0, 1)), 1),
        "in a scan": (jax.jit(many), 10),
    }
    errors, count, lock = [], dict.fromkeys(kinds, 0), threading.Lock()

    def run(kind):
        f, n = kinds[kind]
        p, v, done = {"w": jnp.zeros(6)}, {"w": jnp.zeros(6)}, 0
        while done < length:
            p, v, l = f(p, v)
            done += n
            check(kind, l, np.float32(want[done - 1][0]), 1e-4)
            if done < length:
                check(kind, p["w"], want[done][1].astype(np.float32), 1e-4)
        with lock:
            figures.add(f"steps, {kind}", done)
            count[kind] += done

    def work(kind):
        try:
            while not errors and count[kind] < size / len(kinds):
                run(kind)
        except BaseException as e:
            errors.append(e)

    for k in kinds:
        run(k)
    count.update(dict.fromkeys(kinds, 0))
    figures.clear()
    figures.watch()
    threads = [threading.Thread(target=work, args=(k,)) for k in kinds]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    figures.end()


# ---- processes ----


def spawned(n):
    """What a worker process computes."""
    import jaxgo.numpy as jnp

    return float(jnp.sum(jnp.arange(n, dtype=jnp.float32) ** 2))


def part_fork(figures, size, seed):
    import jaxgo as jax
    import jaxgo.numpy as jnp

    x = jnp.arange(8.0)
    f, g = jax.jit(lambda v: v * 2), jax.grad(lambda v: jnp.sum(v * v))
    want = np.arange(8, dtype=np.float32) * 2
    done, errors = threading.Event(), []

    def work():
        try:
            while not done.is_set():
                check("jit", f(x), want)
                check("grad", g(x), want)
        except BaseException as e:
            errors.append(e)

    work_threads = [threading.Thread(target=work) for _ in range(4)]
    for t in work_threads:
        t.start()
    figures.watch()
    tries = (lambda: x + 1, lambda: f(x), lambda: g(x), lambda: np.asarray(x), lambda: jnp.zeros(3), lambda: jax.jit(lambda v: v)(1.0))
    for _ in range(size):
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            status = 0
            for t in tries:
                try:
                    t()
                    status = 1  # an answer
                except RuntimeError as e:
                    if "spawn" not in str(e):
                        status = 2
                except BaseException:
                    status = 3
            gc.collect()
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != 0:
            raise Wrong(f"a forked child ended with status {status}")
        figures.add("forked children that got their error")
    context = multiprocessing.get_context("spawn")
    for k in range(max(size // 25, 2)):
        with context.Pool(3) as pool:
            if pool.map(spawned, [3, 4, 5]) != [5.0, 14.0, 30.0]:
                raise Wrong("spawned workers")
        figures.add("spawned workers", 3)
    done.set()
    for t in work_threads:
        t.join()
    if errors:
        raise errors[0]
    figures.end()


# ---- a cache that suffers ----


def cache_worker(figures, seed):
    """Computes with ten programs that the cache may have, and ten that it has not."""
    import jaxgo as jax
    import jaxgo.numpy as jnp

    x = np.linspace(0, 1, 7, dtype=np.float32)
    for k in [*range(10), *range(100 + 10 * seed, 110 + 10 * seed)]:
        c = np.float32(k)
        check(f"program {k}", jax.jit(lambda v: jnp.sin(v) * float(k) + jnp.sum(v))(x), np.sin(x) * c + x.sum())
    compiled, loaded = jax._fast.call("compile_counts")
    figures.add("programs compiled", compiled)
    figures.add("programs loaded", loaded)


def damage(path, r):
    """Damages one entry, or puts something else in its place."""
    b = path.read_bytes()
    kind = r.randrange(8)
    if kind == 0:
        path.write_bytes(b[: r.randrange(len(b))])
    elif kind == 1:
        at = r.randrange(len(b))
        path.write_bytes(b[:at] + bytes([b[at] ^ 1 << r.randrange(8)]) + b[at + 1 :])
    elif kind == 2:
        path.write_bytes(b"")
    elif kind == 3:
        path.write_bytes(b + b"more")
    elif kind == 4:
        path.write_bytes(r.randbytes(len(b)))
    elif kind == 5:
        path.unlink()
        path.mkdir()
    elif kind == 6:
        path.unlink()
        path.symlink_to("/dev/zero")
    else:
        path.unlink()
        os.mkfifo(path)


def part_cache(figures, size, seed):
    r = random.Random(seed)
    figures.watch()
    with tempfile.TemporaryDirectory() as tmp:
        directory = pathlib.Path(tmp) / "cache"
        env = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(directory), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}

        def start(part, k=0):
            return subprocess.Popen([sys.executable, __file__, "--part", part, "--seed", str(k)], env=env, stdout=subprocess.PIPE)

        for k in range(size):
            workers = [start(r.choice(["worker", "worker", "poor-worker"]), r.randrange(50)) for _ in range(2)]
            dies, victim = start("doomed-worker", r.randrange(50)), start("worker", r.randrange(50))
            time.sleep(r.uniform(0.1, 2))
            victim.kill()
            victim.communicate()
            figures.add("workers killed at random")
            dies.communicate(timeout=300)
            if dies.returncode not in (0, -signal.SIGXFSZ):  # 0: it had nothing to write, all that it needs was there
                raise Wrong(f"a worker ended with status {dies.returncode}")
            figures.add("workers killed while they wrote an entry", dies.returncode != 0)
            for w in workers:
                out, _ = w.communicate(timeout=300)
                if w.returncode != 0:
                    raise Wrong(f"a worker ended with status {w.returncode}")
                for name, n in json.loads(out).items():
                    if "RSS" not in name:
                        figures.add(name, n)
            entries = [p for p in sorted(directory.iterdir()) if p.is_file() and not p.is_symlink() and p.stat().st_size and not p.name.startswith(".")]
            for p in r.sample(entries, min(len(entries), 12)):
                damage(p, r)
                figures.add("entries damaged")
        if not figures.get("programs loaded"):
            raise Wrong("no program was ever loaded from the cache")
    figures.end()


# ---- running it ----

# Sizes: of the whole, of the short form.
PARTS = {
    "threads": (part_threads, 1_000_000, 30_000),
    "steps": (part_steps, 100_000, 10_000),
    "fork": (part_fork, 500, 25),
    "cache": (part_cache, 60, 4),
}


def run_part(name, size, seed, limit):
    faulthandler.dump_traceback_later(limit, exit=True)
    if name in ("poor-worker", "doomed-worker"):  # files end at a few kilobytes: a write fails in the middle, or kills
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
    if name == "doomed-worker":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    figures = Figures()
    if name in ("worker", "poor-worker", "doomed-worker"):
        cache_worker(figures, seed)
    else:
        PARTS[name][0](figures, size, seed)
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps(figures))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all if none is named")
    p.add_argument("--part", help=argparse.SUPPRESS)
    p.add_argument("--size", type=int, default=0, help="how much of each part, instead of its own size")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--limit", type=float, default=2400, help="seconds after which a part counts as hanging")
    a = p.parse_args()
    if a.part:
        run_part(a.part, a.size, a.seed or 0, a.limit)
        return
    short = os.environ.get("JAXGO_STRESS") == "short"
    seed = a.seed if a.seed is not None else random.SystemRandom().randrange(1 << 20)
    limit = min(a.limit, 300) if short else a.limit
    failed = []
    print(f"seed {seed}, {'short' if short else 'whole'}", flush=True)
    for name in a.parts or PARTS:
        size = a.size or PARTS[name][2 if short else 1]
        start = time.monotonic()
        cmd = [sys.executable, "-X", "faulthandler", __file__, "--part", name, "--size", str(size), "--seed", str(seed), "--limit", str(limit)]
        r = subprocess.run(cmd, stdout=subprocess.PIPE, text=True, timeout=limit + 120)
        print(f"\n{name}: {time.monotonic() - start:.0f} s", flush=True)
        if r.returncode != 0:
            failed.append(name)
            print(f"  FAILED with status {r.returncode}; again with: stress.py {name} --seed {seed} --size {size}", flush=True)
            continue
        for what, n in json.loads(r.stdout.splitlines()[-1]).items():
            print(f"  {what:40}{n:>12,.0f}", flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
