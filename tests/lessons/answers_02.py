"""Answers to lesson 2's check cells, right and wrong."""

LESSON = "02_weight_decay_concise"
BEFORE = ("setup",)

GROUPS = "decay_groups = lambda net, weight_decay: "
BIAS = "{'params': net.bias, 'weight_decay': 0}"
WEIGHT = "{'params': net.weight, 'weight_decay': weight_decay}"
ADAMW = """
def adamw_step(params, adam, weight_decay):
    with torch.no_grad():
        for p in params:
            {shrink}
    adam.step()
"""
LR = "adam.param_groups[0]['lr']"
SPLIT = """
def split_groups(net, weight_decay):
    decay = [p for n, p in net.named_parameters() if {decays}]
    free = [p for n, p in net.named_parameters() if not ({decays})]
    return [
        {{"params": decay, "weight_decay": weight_decay}},
        {{"params": free{silent}}},
    ]
"""
ZERO = ', "weight_decay": 0'

ANSWERS = {
    "turn-groups-check": {
        "right": [
            f"{GROUPS}[{WEIGHT}, {BIAS}]",
            f"{GROUPS}[{BIAS}, {WEIGHT}]",
            # lists, and a decay that is a tensor's own number
            f"{GROUPS}[{{'params': [net.weight], 'weight_decay': weight_decay"
            "}, {'params': [net.bias], 'weight_decay': 0.0}]",
            f"{GROUPS}[dict(params=p, weight_decay=d) for p, d in "
            "zip(net.parameters(), (weight_decay, 0))]",
        ],
        "wrong": [
            (
                f"{GROUPS}[{WEIGHT}, {{'params': net.bias}}]",
                "net.bias has weight_decay 0.01, not 0",
            ),
            (f"{GROUPS}[{WEIGHT}]", "net.bias is in no group"),
            (
                f"{GROUPS}[dict(params=net.parameters(), "
                "weight_decay=weight_decay)]",
                "net.bias has weight_decay 0.3, not 0",
            ),
            (
                f"{GROUPS}[dict(params=net.bias, weight_decay=weight_decay), "
                "dict(params=net.weight, weight_decay=0)]",
                "net.weight has weight_decay 0, not 0.3",
            ),
            (
                f"{GROUPS}[dict(params=net.weight, weight_decay=0.3), {BIAS}]",
                "net.weight has weight_decay 0.3, not 2",
            ),
            (
                "def decay_groups(net, weight_decay):\n"
                f"    groups = [{WEIGHT}, {BIAS}]",
                "returned None",
            ),
        ],
    },
    "turn-match-check": {
        "right": [
            "match_steps = lambda lambd, lr: (2 * lambd, lr / 2)",
            "match_steps = lambda lambd, lr: [lambd + lambd, 0.5 * lr]",
            "match_steps = lambda lambd, lr: "
            "(torch.tensor(2.0 * lambd).item(), lr / 2)",
        ],
        "wrong": [
            (
                "match_steps = lambda lambd, lr: (2 * lambd, lr)",
                "loss's gradient is 2 times",
            ),
            (
                "match_steps = lambda lambd, lr: (lambd, lr / 2)",
                "decay is 0.5 times",
            ),
            (
                "match_steps = lambda lambd, lr: (lambd / 2, lr / 2)",
                "decay is 0.25 times",
            ),
            (
                "match_steps = lambda lambd, lr: (lambd / 2, 2 * lr)",
                "loss's gradient is 4 times",
            ),
            (
                "match_steps = lambda lambd, lr: (lambd, lr)",
                "loss's gradient is 2 times",
            ),
            ("match_steps = lambda lambd, lr: (6, 0.005)", "times what"),
            ("match_steps = lambda lambd, lr: (lr / 2, 2 * lambd)", "times"),
        ],
    },
    "turn-adamw-check": {
        "right": [
            ADAMW.format(shrink=f"p *= 1 - {LR} * weight_decay"),
            ADAMW.format(shrink=f"p -= {LR} * weight_decay * p"),
            ADAMW.format(shrink=f"p.copy_((1 - {LR} * weight_decay) * p)"),
            f"def adamw_step(params, adam, weight_decay):\n"
            f"    for p in params:\n"
            f"        p.data = p.data * (1 - {LR} * weight_decay)\n"
            f"    adam.step()",
        ],
        "wrong": [
            (ADAMW.format(shrink="pass"), "after step 1"),
            (
                ADAMW.format(shrink="p *= 1 - 0.1 * weight_decay"),
                "since step 4 the lr is 0.02",
            ),
            (ADAMW.format(shrink="p *= 1 - weight_decay"), "after step 1"),
            (ADAMW.format(shrink=f"p *= 1 - {LR} * 0.3"), "after step 1"),
            (ADAMW.format(shrink=f"p -= {LR} * weight_decay"), "step 1"),
            # the penalty's gradient, as Adam itself does it
            (ADAMW.format(shrink="p.grad += weight_decay * p"), "step 1"),
            (
                ADAMW.format(shrink=f"p = p * (1 - {LR} * weight_decay)"),
                "after step 1",
            ),
            (
                "def adamw_step(params, adam, weight_decay):\n"
                "    adam.step()\n"
                "    with torch.no_grad():\n"
                "        for p in params:\n"
                f"            p *= 1 - {LR} * weight_decay",
                "after step 1",
            ),
            (
                "def adamw_step(params, adam, weight_decay):\n"
                "    with torch.no_grad():\n"
                f"        params[0] *= 1 - {LR} * weight_decay\n"
                "    adam.step()",
                "params[1] is off",
            ),
            (
                "def adamw_step(params, adam, weight_decay):\n"
                "    for p in params:\n"
                f"        p *= 1 - {LR} * weight_decay\n"
                "    adam.step()",
                "in-place operation",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            SPLIT.format(decays="p.ndim > 1", silent=ZERO),
            SPLIT.format(decays="p.dim() >= 2", silent=ZERO),
            """
def split_groups(net, weight_decay):
    groups = [{"params": [], "weight_decay": d} for d in (0, weight_decay)]
    for param in net.parameters():
        groups[param.ndim > 1]["params"].append(param)
    return groups
""",
        ],
        "wrong": [
            (
                SPLIT.format(decays="'weight' in n", silent=ZERO),
                "1.weight has 0.3, not 0",
            ),
            (
                SPLIT.format(decays="p.ndim == 2", silent=ZERO),
                "2.weight has 0, not 0.3",
            ),
            (
                SPLIT.format(decays="p.ndim > 1", silent=""),
                "0.bias has 0.01, not 0",
            ),
            (
                SPLIT.format(decays="True", silent=ZERO),
                "0.bias has 0.3, not 0",
            ),
            (
                "split_groups = lambda net, weight_decay: [{'params': "
                "[p for p in net.parameters() if p.ndim > 1], "
                "'weight_decay': weight_decay}]",
                "0.bias is in no group",
            ),
            (
                SPLIT.format(decays="p.ndim > 1", silent=ZERO).replace(
                    '"weight_decay": weight_decay', '"weight_decay": 0.3'
                ),
                "0.0.weight has 0.3, not 2",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            "in_our_terms = lambda lambd, n: "
            "(lambd / 2, 3 * lambd, lambd / (2 * n))",
            "in_our_terms = lambda lambd, n: "
            "[0.5 * lambd, 2 * lambd + lambd, lambd / n / 2]",
            "in_our_terms = lambda lambd, n: "
            "torch.tensor([lambd / 2, 3 * lambd, lambd / 2 / n]).double()"
            ".tolist()",
        ],
        "wrong": [
            ("in_our_terms = lambda λ, n: (λ, 3 * λ, λ / (2 * n))", "m A"),
            ("in_our_terms = lambda λ, n: (2 * λ, 3 * λ, λ / 2 / n)", "m A"),
            ("in_our_terms = lambda λ, n: (λ / 2, λ, λ / (2 * n))", "m B"),
            ("in_our_terms = lambda λ, n: (λ / 2, 2 * λ, λ / 2 / n)", "m B"),
            ("in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / n)", "m C"),
            (
                "in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / 60)",
                "program C, n=8",
            ),
            (
                "in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / 2 / n, λ)",
                "longer",
            ),
            ("in_our_terms = lambda λ, n: None", "returned None"),
        ],
    },
    "ex3-check": {
        "right": [
            "plain_lr = lambda lr, momentum: lr / (1 - momentum)",
            "plain_lr = lambda lr, momentum: "
            "lr * sum(momentum**k for k in range(200))",
            """
def plain_lr(lr, momentum):
    v = 0
    for _ in range(500):
        v = momentum * v + 1
    return lr * v
""",
        ],
        "wrong": [
            ("plain_lr = lambda lr, momentum: lr", "momentum 0.9"),
            ("plain_lr = lambda lr, momentum: lr * 10", "momentum 0.5"),
            ("plain_lr = lambda lr, momentum: lr / momentum", "momentum 0.9"),
            ("plain_lr = lambda lr, momentum: lr / (1 + momentum)", "0.9"),
            ("plain_lr = lambda lr, momentum: lr * (1 - momentum)", "0.9"),
            (
                "plain_lr = lambda lr, momentum: lr * (1 + momentum)",
                "momentum 0.9",
            ),
        ],
    },
}
