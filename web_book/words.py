"""All words of the web book that are not a lesson's, in each language.

A language is in the book when it has an entry here and a folder of notebooks.
Names in braces are filled in by the builder or by ``static/panel.js``.
"""

WORDS = {
    "en": {
        "language": "English",
        "sphinx": "en",
        "title": "Regularization, under your hand",
        # Below a panel
        "stored": "Stored runs of this lesson's code; in the notebook your"
        " own code trains.",
        "thinned": "Stored here: {counts}.",
        "count": "{kept} of {all} positions of {name}",
        "alone": "Stored with one slider moved at a time: {names}.",
        "no_script": "Moving the sliders needs JavaScript.",
        # A panel's buttons and notes
        "panel": "Sliders of {name}",
        "clear": "Clear",
        "clear_title": "Forget the earlier curves",
        "reset": "Reset",
        "reset_title": "Move the sliders back",
        "copy": "Copy link",
        "copy_title": "Copy a link to these settings",
        "copied": "Link copied.",
        "not_copied": "This is the link: {link}",
        "code_title": "these settings as code",
        "values": "Values at each {name}",
        "unknown_name": "There is no slider {name}; the rest is set.",
        "unknown_value": "{name} = {value} is not stored; it stays at {used}.",
        "nearest": "{name} = {value} is not stored; the nearest is {used}.",
        "other_seed": "Only runs of seed {used} are stored.",
        "unknown_panel": "There is no panel {name} on this page.",
        "went_back": "Stored with one slider moved at a time: {names} went"
        " back to the start.",
        "not_loaded": "The stored runs could not be loaded.",
        # Above a lesson, and beside code
        "binder": "Open in Binder",
        "colab": "Open in Colab",
        "download": "Download notebook",
        "doors": "Open this lesson where your own code runs",
        "show_code": "Show the code",
        "hide_code": "Hide the code",
        "show_check": "The check",
        "show_solution": "A solution",
        "your_turn": "Do this in the notebook",
        "your_turn_rest": ": replace <code>raise NotImplementedError</code>;"
        " the check tells at once what is still wrong. The sliders then"
        " train your code.",
        "exercise_rest": ": write your answer there, and the check tells at"
        " once what is still wrong.",
        # What a lesson's first cell says: its minutes (a regular expression),
        # and the end of the sentences that tell what it is about
        "stated": r"About (\d+) minutes to read and drag, and (\d+) more for"
        r" the exercises",
        "about_ends": " After this lesson you can",
        "minutes": "{read} + {do} min",
        # Navigation and front page
        "switch": "This page in {language}",
        "lessons": "Lessons",
        "curious": "For the curious",
        "more": "More",
        "solutions": "Solutions",
        "solutions_told": "One way to solve each *Your turn* and each"
        " exercise. Try first: the check tells at once what is still wrong.",
    },
    "zh": {
        "language": "中文",
        "sphinx": "zh_CN",
        "title": "拖动滑块，学懂正则化",
        # Below a panel
        "stored": "这里显示的是事先存好的运行结果，用的就是本课的代码；"
        "在笔记本里，训练的是你自己的代码。",
        "thinned": "只存了一部分位置（存下/全部）：{counts}。",
        "count": "{name} {kept}/{all}",
        "alone": "这些滑块每次只能移动其中一个：{names}。",
        "no_script": "拖动滑块需要 JavaScript。",
        # A panel's buttons and notes
        "panel": "{name} 的滑块",
        "clear": "清除",
        "clear_title": "擦掉先前的曲线",
        "reset": "复位",
        "reset_title": "把滑块放回最初的位置",
        "copy": "复制链接",
        "copy_title": "复制指向当前设置的链接",
        "copied": "链接已复制。",
        "not_copied": "链接是：{link}",
        "code_title": "把当前设置写成代码",
        "values": "各个 {name} 处的值",
        "unknown_name": "没有名为 {name} 的滑块；其余的已按链接设好。",
        "unknown_value": "没有存 {name} = {value} 的结果；仍停在 {used}。",
        "nearest": "没有存 {name} = {value} 的结果；最接近的是 {used}。",
        "other_seed": "只存了随机种子 {used} 的结果。",
        "unknown_panel": "本页没有名为 {name} 的面板。",
        "went_back": "这些滑块每次只能移动其中一个：{names} 已回到起点。",
        "not_loaded": "存好的运行结果没能加载。",
        # Above a lesson, and beside code
        "binder": "在 Binder 里打开",
        "colab": "在 Colab 里打开",
        "download": "下载笔记本",
        "doors": "在能运行你自己的代码的地方打开这一课",
        "show_code": "显示代码",
        "hide_code": "隐藏代码",
        "show_check": "检查",
        "show_solution": "一种做法",
        "your_turn": "请在笔记本里完成",
        "your_turn_rest": "：把 <code>raise NotImplementedError</code>"
        " 换成你的代码；检查马上告诉你哪里还不对。之后滑块训练的就是"
        "你的代码。",
        "exercise_rest": "：把答案写在那里，检查马上告诉你哪里还不对。",
        # What a lesson's first cell says, as above
        "stated": r"阅读和拖动滑块大约 (\d+) 分钟，练习另需 (\d+) 分钟",
        "about_ends": "学完这一课，你能",
        "minutes": "{read} + {do} 分钟",
        # Navigation and front page
        "switch": "本页的 {language} 版",
        "lessons": "课程",
        "curious": "选读",
        "more": "更多",
        "solutions": "参考答案",
        "solutions_told": "每个“轮到你了”和每道练习的一种做法。先自己试一试："
        "检查马上告诉你哪里还不对。",
    },
}
