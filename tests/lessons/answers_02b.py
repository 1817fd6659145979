"""Answers to the check cell of lesson 2's companion, right and wrong."""

LESSON = "02b_weight_decay_details"
BEFORE = ("setup",)

STEP = "anchored_step = lambda w, gradient, anchor, lambd, lr: "

ANSWERS = {
    "ex1-check": {
        "right": [
            f"{STEP}w - lr * (gradient + lambd * (w - anchor))",
            f"{STEP}(1 - lr * lambd) * w + lr * lambd * anchor "
            "- lr * gradient",
            f"{STEP}anchor + (1 - lr * lambd) * (w - anchor) - lr * gradient",
        ],
        "wrong": [
            (f"{STEP}w - lr * (gradient + lambd * w)", "must become"),
            (
                f"{STEP}w - lr * (gradient + lambd * (anchor - w))",
                "must become",
            ),
            (
                f"{STEP}w - lr * gradient - lambd * (w - anchor)",
                "must become",
            ),
            (
                f"{STEP}w - lr * (gradient + 2 * lambd * (w - anchor))",
                "must become",
            ),
            (
                f"{STEP}w + lr * (gradient + lambd * (w - anchor))",
                "must become",
            ),
            (
                f"{STEP}w - lr * (gradient + 0.7 * (w - anchor))",
                "anchor [3.0, 1.0, 0.0]",
            ),
        ],
    },
}
