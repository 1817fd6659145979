"""The language of what a learner reads in a panel or below an exercise."""

import os
from pathlib import Path

CHINESE = {
    # the panel's buttons
    "Stop": "停止",
    "End the training that runs": "结束正在进行的训练",
    "Clear": "清除",
    "Forget the earlier curves": "清除以前的曲线",
    "Reset": "复位",
    "Move the sliders back": "滑块回到初始位置",
    "New seed": "换种子",
    "Draw other random numbers": "换一组随机数",
    # its status line
    "training": "训练中",
    "stopped": "已停止",
    "waits for its turn": "正在排队",
    "waits for another panel": "等另一个面板",
    "a run": "一次训练",
    "waits for {run}": "等 {run}",
    "waits for {run} of another panel": "等另一个面板的 {run}",
    "stopping: waits for the line that runs to end": (
        "正在停止：等当前这一行运行完"
    ),
    " (if it never does, restart the kernel)": (
        "（如果一直不结束，请重启内核）"
    ),
    "{error}, see below": "{error}，见下方",
    "seed {seed}": "种子 {seed}",
    "these settings as code": "这些设置对应的代码",
    "{name} has changed: earlier curves are gone": (
        "{name} 已改动：以前的曲线已清除"
    ),
    "Run the cell for the sliders.": "运行本单元格即可使用滑块。",
    "Training diverged: {what}. Gradient descent is stable only while lr × the"
    " largest curvature of the loss, penalty included, stays below 2: lower lr"
    " or the penalty.": (
        "训练发散：{what}。只有 lr × 损失（含惩罚项）的最大曲率小于 2 时，"
        "梯度下降才稳定：请减小 lr 或惩罚。"
    ),
    "{name} became {y}": "{name} 变成了 {y}",
    "{name} became {y} at {xlabel} {x}": (
        "{name} 在 {xlabel} {x} 处变成了 {y}"
    ),
    # what an x axis counts
    "{what} {at}": "第 {at} {what}",
    "{what} {at} of {end}": "第 {at} {what}，共 {end}",
    "epoch": "轮",
    "step": "步",
    "iteration": "次迭代",
    "batch": "批",
    "update": "次更新",
    "round": "回合",
    "cycle": "周期",
    # a picture in words
    "Line plot of {y} against {x}": "折线图：{y} 随 {x} 的变化",
    "At {x} {place}: {values}": "{x} 为 {place} 时：{values}",
    "curves": "曲线",
    "Values at each {x}": "各个 {x} 处的值",
    # an exercise's feedback
    "○ not attempted yet": "○ 还没有作答",
    "✓ correct": "✓ 正确",
    "✓ yours is used: {name}": "✓ 使用你写的 {name}",
    "○ ours is used until you write {name}": (
        "○ 你写好 {name} 之前，使用我们的版本"
    ),
    "✗ ours is used, for {name} does not pass yet: {said}": (
        "✗ {name} 还没有通过，使用我们的版本：{said}"
    ),
    "a result is not what it should be": "结果不对",
    "SystemExit: leave out exit(), which would end the notebook": (
        "SystemExit：请去掉 exit()，它会结束整个笔记本"
    ),
    "{function} returned None: it prints a result: return it": (
        "{function} 返回了 None：它只打印了结果，请用 return 返回"
    ),
    "{function} returned None: is its return missing?": (
        "{function} 返回了 None：是不是漏了 return？"
    ),
    "{function} returned {result}: {error}": (
        "{function} 返回了 {result}：{error}"
    ),
    "in {function}, line {line}": "在 {function} 第 {line} 行",
    # letters without a font
    "no font of this computer has the letters {letters}: install one, such as"
    " Noto Sans CJK (Debian: fonts-noto-cjk), and restart the kernel": (
        "这台电脑没有能显示“{letters}”的字体：请安装一种，例如"
        " Noto Sans CJK（Debian：fonts-noto-cjk），然后重启内核"
    ),
    # the check of the installation
    "Remedy: stop JupyterLab, then, in the course's folder, make clean lab"
    " (with conda: conda env update -f environment.yml, jupyter lab).": (
        "解决办法：先退出 JupyterLab，再在课程文件夹里运行 make clean lab"
        "（用 conda 时：conda env update -f environment.yml，jupyter lab）。"
    ),
    "Remedy: run the notebook's first cell again.": (
        "解决办法：重新运行笔记本的第一个单元格。"
    ),
    "Colab's own, and it stays: the last digits of results may differ.": (
        "这是 Colab 自带的，保持不变：结果的最后几位可能不同。"
    ),
    "Only some need it: pip install {name}": (
        "只有部分内容需要它：pip install {name}"
    ),
    "{name} cannot be checked: {error}": "无法检查 {name}：{error}",
    "{name} is not in {place}. {remedy}": "{place} 里没有 {name}。{remedy}",
    "{name} is not {wanted}. {remedy}": "{name} 不符合 {wanted}。{remedy}",
    "{name} {version} is here, not {wanted}. {remedy}": (
        "装的是 {name} {version}，需要 {wanted}。{remedy}"
    ),
    "{name} is not installed. {remedy}": "没有安装 {name}。{remedy}",
    "{name} {version} cannot be imported ({error}). {remedy}": (
        "无法导入 {name} {version}（{error}）。{remedy}"
    ),
    "{name} {version} is new, {runs} runs. Restart the kernel.": (
        "{name} 已更新为 {version}，运行的还是 {runs}。请重启内核。"
    ),
    "data: 70,000 images of Fashion-MNIST, each byte right": (
        "数据：Fashion-MNIST 的 70,000 张图像，每个字节都正确"
    ),
    "threads: {threads}, CPUs: {cpus}": "线程：{threads}，CPU：{cpus}",
    "Remedy: torch.set_num_threads({cpus})": (
        "解决办法：torch.set_num_threads({cpus})"
    ),
    "Faster: torch.set_num_threads({cpus})": (
        "这样更快：torch.set_num_threads({cpus})"
    ),
    "front end: none, so a panel trains once, unseen": (
        "前端：没有，所以面板只训练一次，看不到"
    ),
    "front end: a program runs this; panels leave a picture": (
        "前端：由程序运行；面板会留下一张图"
    ),
    "front end: curves appear when a training has ended": (
        "前端：训练结束后才出现曲线"
    ),
    "front end: curves move while a slider is dragged": (
        "前端：拖动滑块时曲线随之变化"
    ),
    "{gpu} works": "{gpu} 可用",
    "none": "无",
    "fails: {error}": "出错：{error}",
    "GPU, which no lesson needs: {text}": "GPU（各课都不需要）：{text}",
}


def language() -> str:
    """Return "zh" for a Chinese notebook, else "en".

    The environment variable ``COURSE_UTILS_LANG`` decides ("en" or "zh"). If
    it is not set, notebooks that lie in a folder called zh are Chinese: a
    kernel works in its notebook's folder.

    Raises
    ------
    ValueError
        If ``COURSE_UTILS_LANG`` is something else.
    """
    chosen = os.environ.get("COURSE_UTILS_LANG", "")
    if chosen not in ("", "en", "zh"):
        raise ValueError(
            "the environment variable COURSE_UTILS_LANG must be 'en', 'zh' or"
            f" empty, got {chosen!r}"
        )
    return chosen or ("zh" if "zh" in Path.cwd().parts[-2:] else "en")


def say(english: str, /, **values: object) -> str:
    """Return `english` in the learner's language, with `values` filled in."""
    chinese = language() == "zh"
    text = CHINESE.get(english, english) if chinese else english
    return text.format(**values) if values else text
