"""Answers of learners to the check cells of lesson 03b."""

LESSON = "03b_more_geometry"
BEFORE = ("imports", "lesson-3")

_SORTED = """
def project_diamond(w, r):
    if w.abs().sum() <= r:
        return w
    sizes, _ = w.abs().flatten().sort(descending=True)
    for k in range(1, len(sizes) + 1):
        candidate = (sizes[:k].sum() - r) / k
        if k == len(sizes) or candidate >= sizes[k]:
            break
    return w.sign() * (w.abs() - candidate).clamp(min=0)
"""
_HALVED = """
def project_diamond(w, r):
    low, high = 0, w.abs().max()
    if w.abs().sum() <= r:
        return w.clone()
    for _ in range(60):
        tau = (low + high) / 2
        if (w.abs() - tau).clamp(min=0).sum() > r:
            low = tau
        else:
            high = tau
    return w - w.clamp(-tau, tau)
"""

ANSWERS = {
    "ex1-check": {
        "right": [
            _SORTED,
            _HALVED,
            _HALVED.replace("range(60)", "range(40)"),
        ],
        "wrong": [
            (
                "project_diamond = lambda w, r: w * min(1, r / w.abs().sum())",
                "nearer",
            ),
            (
                "project_diamond = lambda w, r: w * r / w.abs().sum()",
                "inside must stay",
            ),
            (
                "project_diamond = lambda w, r: w if w.abs().sum() <= r else "
                "w - w.sign() * (w.abs().sum() - r) / len(w)",
                "not 1|nearer|five",
            ),
            (_HALVED.replace("range(60)", "range(4)"), "not 1"),
            ("project_diamond = lambda w, r: w.clamp(-r, r)", "not 1"),
            ("project_diamond = lambda w, r: w", "not 1"),
        ],
    },
    "ex2-check": {
        "right": [
            "limit_matrix = lambda W, theta: "
            "W * (theta**0.5 / W.norm()).clamp(max=1)",
            "limit_matrix = lambda W, theta: "
            "project_disc(W.reshape(-1, 1), theta).reshape(W.shape)",
            "def limit_matrix(W, theta):\n"
            "    total = sum(x**2 for row in W.tolist() for x in row)\n"
            "    return W if total <= theta else W * (theta / total) ** 0.5",
            "limit_matrix = lambda W, theta: W * min(1, theta**0.5 / "
            "torch.linalg.svdvals(W).norm())",
        ],
        "wrong": [
            (
                "limit_matrix = lambda W, theta: W * theta**0.5 / W.norm()",
                "theta=",
            ),
            (
                "limit_matrix = lambda W, theta: W * "
                "(theta**0.5 / torch.linalg.matrix_norm(W, 2)).clamp(max=1)",
                "the sum is",
            ),
            (
                "limit_matrix = lambda W, theta: "
                "W * (theta / W.norm()).clamp(max=1)",
                "the sum is",
            ),
            (
                "limit_matrix = lambda W, theta: "
                "project_disc(W.reshape(-1, 1), theta)",
                "the sum is",
            ),
            (
                "limit_matrix = lambda W, theta: "
                "W * (theta**0.5 / W.norm(dim=0)).clamp(max=1)",
                "the sum is",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            "twin_penalty = lambda w: w.abs().amax(0)",
            "twin_penalty = lambda w: "
            "10 * (w[0] - w[1]).abs() + l1_penalty(w)",
            "twin_penalty = lambda w: "
            "(w[0] - w[1]).abs() + 0.1 * l1_penalty(w)",
            "twin_penalty = lambda w: "
            "(w[0] - w[1]).abs() + 0.1 * (w**2).sum(0)",
            "twin_penalty = lambda w: "
            "(w[0] + w[1]).abs() + (w[0] - w[1]).abs()",
        ],
        "wrong": [
            ("twin_penalty = l2_penalty", "differ"),
            ("twin_penalty = l1_penalty", "w₁ is 0.000"),
            (
                "twin_penalty = lambda w: (w[0] - w[1]).abs()",
                "must cost more",
            ),
            (
                "twin_penalty = lambda w: (w[0] - w[1]) ** 2 + (w**2).sum(0)",
                "differ",
            ),
            (
                "twin_penalty = lambda w: (w[0] + w[1]).abs() + "
                "0.1 * l1_penalty(w)",
                "differ|w₁ is",
            ),
        ],
    },
}
