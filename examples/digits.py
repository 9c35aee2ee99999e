#!/usr/bin/env python3
"""Trains a small convolutional network on real handwritten digits, and shows where it errs.

    python examples/digits.py               # jaxgo
    python examples/digits.py --lib jax     # the same program on JAX

The data are the 1797 scans of 8 x 8 pixels that scikit-learn carries (UCI ML hand-written digits). The last 360 are
the test set. The parameters are a pytree of arrays; the training step is one jitted function of it: gradients by
reverse mode, an Adam update over the tree, and, every so often, the norms of the gradients of single examples by vmap of grad.

Writes digits.png: the loss, and the worst mistakes with their images. Prints the test accuracy.
"""

import argparse
import importlib
import json
import sys
import time


def load_data(np):
    """Images (n, 8, 8, 1) in [0, 1] and labels (n,), shuffled, as training and test set."""
    from sklearn.datasets import load_digits

    d = load_digits()
    order = np.random.default_rng(0).permutation(len(d.target))
    x = (d.images[order] / 16.0).astype(np.float32)[..., None]
    y = d.target[order].astype(np.int32)
    return x[:-360], y[:-360], x[-360:], y[-360:]


def build(jax, jnp, lax):
    """The model's functions: init, apply, step, norms, accuracy."""

    def conv(x, w):
        return lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def pool(x):
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def init(key):
        k = jax.random.split(key, 4)
        he = jax.nn.initializers.he_normal()
        return {
            "conv1": {"w": he(k[0], (3, 3, 1, 32), jnp.float32), "b": jnp.zeros(32)},
            "conv2": {"w": he(k[1], (3, 3, 32, 64), jnp.float32), "b": jnp.zeros(64)},
            "dense1": {"w": he(k[2], (2 * 2 * 64, 128), jnp.float32), "b": jnp.zeros(128)},
            "dense2": {"w": he(k[3], (128, 10), jnp.float32), "b": jnp.zeros(10)},
        }

    def apply(params, x):
        """Logits (n, 10) of images (n, 8, 8, 1)."""
        for name in ("conv1", "conv2"):
            p = params[name]
            x = pool(jax.nn.relu(conv(x, p["w"]) + p["b"]))
        x = x.reshape(x.shape[0], -1)
        p = params["dense1"]
        x = jax.nn.relu(x @ p["w"] + p["b"])
        p = params["dense2"]
        return x @ p["w"] + p["b"]

    def loss(params, x, y):
        """Mean cross entropy with a little label smoothing."""
        target = jax.nn.one_hot(y, 10) * 0.95 + 0.005
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(apply(params, x)) * target, axis=-1))

    @jax.jit
    def step(params, moments, t, x, y):
        """One Adam step; returns the loss before it."""
        value, g = jax.value_and_grad(loss)(params, x, y)
        m, v = moments
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate = 2e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t) * jnp.minimum(1.0, 10.0 * jnp.exp(-t / 300.0))
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return value, params, (m, v)

    @jax.jit
    def gradient_norms(params, x, y):
        """The norm of each example's own gradient (n,)."""

        def norm(x, y):
            g = jax.grad(loss)(params, x[None], y[None])
            return jnp.sqrt(sum(jnp.vdot(a, a) for a in jax.tree.leaves(g)))

        return jax.vmap(norm)(x, y)

    @jax.jit
    def predict(params, x):
        """Class probabilities (n, 10)."""
        return jax.nn.softmax(apply(params, x))

    return init, step, gradient_norms, predict


def bar(i, n, text, stream=sys.stderr):
    """A progress bar, when somebody watches."""
    if stream.isatty() or i == n:
        full = 30 * i // n
        stream.write("\r[%s%s] %d/%d  %s%s" % ("#" * full, "." * (30 - full), i, n, text, "\n" if i == n else ""))
        stream.flush()


def picture(path, np, losses, x, y, probs, norms):
    """The loss curve, and the worst mistakes with labels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    guess = probs.argmax(1)
    loss = -np.log(probs[np.arange(len(y)), y])
    worst = sorted(np.nonzero(guess != y)[0], key=lambda i: -loss[i])
    worst += [i for i in np.argsort(-loss) if i not in worst]
    fig = plt.figure(figsize=(11, 5))
    grid = fig.add_gridspec(2, 8)
    ax = fig.add_subplot(grid[:, :4])
    ax.plot(losses, lw=0.6, alpha=0.4)
    k = 20
    ax.plot(np.arange(k - 1, len(losses)), np.convolve(losses, np.ones(k) / k, "valid"), lw=1.5)
    ax.set(yscale="log", xlabel="step", ylabel="loss", title="training loss")
    for n, i in enumerate(worst[:8]):
        ax = fig.add_subplot(grid[n // 4, 4 + n % 4])
        ax.imshow(x[i, :, :, 0], cmap="gray_r")
        ax.set_title(
            "%d, guessed %d (%.0f %%)\n|g| = %.2g" % (y[i], guess[i], 100 * probs[i].max(), norms[i]),
            fontsize=8,
            color="tab:red" if guess[i] != y[i] else "black",
        )
        ax.axis("off")
    fig.suptitle("test accuracy %.2f %%: the worst mistakes, then the least certain" % (100 * (guess == y).mean()))
    fig.tight_layout()
    fig.savefig(path, dpi=110)


def main(argv=None):
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--lib", default="jaxgo", help="jaxgo or jax")
    ap.add_argument("--epochs", type=int, default=30)
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--png", default="digits.png", help="where the picture goes; empty: nowhere")
    ap.add_argument("--json", default="", help="where losses and accuracy go")
    args = ap.parse_args(argv)

    start = time.perf_counter()
    import numpy as np

    jax = importlib.import_module(args.lib)
    jnp, lax = importlib.import_module(args.lib + ".numpy"), importlib.import_module(args.lib + ".lax")
    x, y, xt, yt = load_data(np)
    init, step, gradient_norms, predict = build(jax, jnp, lax)
    params = init(jax.random.key(args.seed))
    moments = (jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params))
    rng = np.random.default_rng(args.seed)
    per_epoch = len(x) // args.batch
    total = args.epochs * per_epoch
    losses = []
    for epoch in range(args.epochs):
        order = rng.permutation(len(x))
        for i in range(per_epoch):
            pick = order[i * args.batch : (i + 1) * args.batch]
            value, params, moments = step(params, moments, float(len(losses) + 1), x[pick], y[pick])
            losses.append(value)
        text = "loss %.4f" % float(losses[-1])
        if epoch % 10 == 9:
            norms = np.asarray(gradient_norms(params, x[:64], y[:64]))
            text += "  per-example |g|: median %.2g, largest %.2g" % (np.median(norms), norms.max())
        bar((epoch + 1) * per_epoch, total, text)
    losses = [float(v) for v in losses]
    probs = np.asarray(predict(params, xt))
    accuracy = float((probs.argmax(1) == yt).mean())
    norms = np.asarray(gradient_norms(params, xt, yt))
    print("%s: test accuracy %.2f %% after %d steps, %.1f s" % (args.lib, 100 * accuracy, total, time.perf_counter() - start))
    if args.png:
        picture(args.png, np, losses, xt, yt, probs, norms)
        print("wrote", args.png)
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"losses": losses, "accuracy": accuracy, "gradient_norms": norms.tolist()}, f)
    return 0 if accuracy >= 0.98 else 1


if __name__ == "__main__":
    sys.exit(main())
