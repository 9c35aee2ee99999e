"""Libraries that are written for JAX, on jaxgo: `import jax` means jaxgo under `python -m jaxgo` and after `import jaxgo.as_jax`."""

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest


def python(*args, ok=True):
    r = subprocess.run([sys.executable, "-W", "error::ImportWarning", *args], capture_output=True, text=True, timeout=300)
    assert (r.returncode == 0) == ok, r.stderr[-2000:]
    return r.stdout if ok else r.stderr.strip().splitlines()[-1]


# A network trained by every optimizer of optax, with schedules, masks, clipping and accumulation among them.
OPTAX = """
import json
import jax, jax.numpy as jnp, optax

key = jax.random.key(0)
params = {"w": jax.random.normal(key, (4, 8)) * 0.3, "b": jnp.zeros(8), "v": jax.random.normal(jax.random.key(1), (8,))}
x = jax.random.normal(jax.random.key(2), (16, 4))
y = jnp.sin(x.sum(1))


def loss(p):
    return optax.l2_loss(jnp.tanh(x @ p["w"] + p["b"]) @ p["v"], y).mean()


names = (
    "sgd adam adamw lamb lion rmsprop adagrad adafactor novograd yogi radam adabelief nadam lars sm3 adamax rprop sign_sgd fromage adan amsgrad "
    "optimistic_gradient_descent polyak_sgd"
).split()
made = {name: getattr(optax, name)(0.02) for name in names}
made["noisy_sgd"] = optax.noisy_sgd(0.02, key=3)
made["lbfgs"] = optax.lbfgs()
made["scheduled"] = optax.chain(
    optax.clip_by_global_norm(0.5), optax.masked(optax.add_decayed_weights(0.01), {"w": True, "b": False, "v": True}),
    optax.sgd(optax.warmup_cosine_decay_schedule(0.0, 0.1, 2, 8), momentum=0.9, nesterov=True))
made["multi"] = optax.MultiSteps(optax.adam(0.05), 2)
made["lookahead"] = optax.apply_if_finite(optax.adam(optax.exponential_decay(0.1, 2, 0.9)), 3)
out = {}
for name, opt in made.items():
    def step(p, s, opt=opt):
        value, grad = optax.value_and_grad_from_state(loss)(p, state=s) if name == "lbfgs" else jax.value_and_grad(loss)(p)
        extra = dict(value=value, grad=grad, value_fn=loss) if name in ("lbfgs", "polyak_sgd") else {}
        updates, s = opt.update(grad, s, p, **extra)
        return optax.apply_updates(p, updates), s, value

    p, s, values = params, opt.init(params), []
    step = jax.jit(step)
    for _ in range(6):
        p, s, value = step(p, s)
        values.append(float(value))
    out[name] = values
labels = jnp.array([0, 2, 1])
logits = jnp.array([[1.0, 2, 0], [0.3, -1, 2], [0, 0.5, 1]])
out["losses"] = [float(v.mean()) for v in (
    optax.softmax_cross_entropy_with_integer_labels(logits, labels), optax.huber_loss(logits), optax.cosine_distance(logits, logits[::-1]),
    optax.sigmoid_binary_cross_entropy(logits, jnp.ones_like(logits)), optax.ctc_loss(logits[None], jnp.zeros((1, 3)), jnp.array([[1, 2]]), jnp.zeros((1, 2))))]
out["norm"] = [float(optax.global_norm(params)), float(optax.tree.norm(params))]
print(json.dumps([jax.__name__, out]))
"""


def test_optax(tmp_path):
    program = tmp_path / "train.py"
    program.write_text(OPTAX)
    (name, got), (other, want) = json.loads(python("-m", "jaxgo", str(program))), json.loads(python(str(program)))
    assert (name, other) == ("jaxgo", "jax") and got.keys() == want.keys()
    for k in want:
        np.testing.assert_allclose(got[k], want[k], rtol=2e-5, atol=1e-6, err_msg=k)
        assert len(want[k]) < 6 or k in ("noisy_sgd", "multi") or want[k][-1] < want[k][0], k


def test_modules_are_the_same_objects_under_both_names(tmp_path):
    (tmp_path / "library.py").write_text("import jax\nfrom jax import lax\nimport jax.numpy as jnp\nfrom jax.tree_util import tree_map\n")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import sys
        import library, jax, jax.extend.core, jaxgo, jaxgo.numpy, jaxgo.tree_util, jaxgo.extend.core
        assert library.jax is jax is jaxgo and library.jnp is jaxgo.numpy and library.tree_map is jaxgo.tree_util.tree_map
        assert jax.extend.core is jaxgo.extend.core and jax.__spec__.name == "jaxgo" and jax.numpy.__spec__.name == "jaxgo.numpy"
        print(sys.argv[1:], __name__, library.jnp.ones(2) + library.lax.add(1, 2))
    """)
    )
    assert python("-m", "jaxgo", str(program), "a", "-b") == "['a', '-b'] __main__ [4. 4.]\n"


def test_modules_run_by_name():
    assert "usage" in python("-m", "jaxgo", "--help")
    assert python("-m", "jaxgo", "-m", "json.tool", "--help").startswith("usage")
    assert python("-m", "jaxgo", ok=False).startswith("Runs a program")


@pytest.mark.parametrize(
    "code,error",
    {
        "import jax, jaxgo.as_jax": "ImportError: JAX was imported before jaxgo.as_jax",
        "import jaxgo.as_jax, jax._src.core": "ModuleNotFoundError: No module named 'jax._src': it is private to JAX",
        "import jaxgo.as_jax, jax.nothing": "ModuleNotFoundError: No module named 'jax.nothing': jaxgo, which stands for JAX here",
    }.items(),
)
def test_what_is_not_there(code, error):
    assert python("-c", code, ok=False).startswith(error)
