// The panels of a page: sliders that show stored runs.
// A page has them as HTML at their start; their runs come as a script each,
// because pages that are opened from a disk may load nothing else.
/** @typedef {{name: string, kind: string, values: any[], texts: string[]}} Control */
"use strict";

const EARLIER = 6; // curves of so many earlier runs are shown
const words = window.bookWords;
const loading = new Map(); // source -> what to call with its runs
const panels = new Map(); // name -> Panel

/** Take the runs of a panel; their file calls this. */
window.storedRuns = (source, runs) => loading.get(source)(runs);

const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const fill = (text, parts) =>
  text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const tell = (settings) =>
  settings.map(([name, value]) => `${name} = ${value}`).join(", ");

class Panel {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.name;
    this.inputs = [...root.querySelectorAll(".panel-control :is(input, select)")];
    this.earlier = []; // runs whose curves are shown paler
    this.settled = true; // the next move leaves the run as an earlier one
    this.ready = new Promise((resolve) => (this.begin = resolve));
  }

  part(name) {
    return this.root.querySelector(`.panel-${name}`);
  }

  /** Load the runs, once, and return when the panel moves. */
  load() {
    if (this.begun) return this.ready;
    this.begun = true;
    const { source } = this.root.dataset;
    loading.set(source.match(/runs\/(.*)\.js/)[1], (runs) => this.use(runs));
    const script = document.createElement("script");
    script.src = source;
    script.onerror = () => this.note(words.not_loaded);
    document.head.append(script);
    return this.ready;
  }

  use(data) {
    this.data = data;
    this.at = [...data.start];
    this.shown = data.runs[this.at];
    this.inputs.forEach((input, k) => {
      input.addEventListener("input", () => this.move(k, position(input)));
      input.addEventListener("change", () => this.settle());
    });
    for (const button of this.root.querySelectorAll("button"))
      button.addEventListener("click", () => this[button.dataset.do]());
    for (const each of this.root.querySelectorAll("[disabled]"))
      each.disabled = false;
    this.set(data.start); // a browser may have kept other positions
    this.earlier = [];
    performance.mark(`panel ${this.name} moves`);
    this.begin();
  }

  /** Move one control; those that were stored alone go back to the start. */
  move(k, to) {
    const { alone, controls, start } = this.data;
    const wanted = [...this.at];
    wanted[k] = to;
    let back = [];
    if (!this.data.runs[wanted]) {
      back = controls.map((_, n) => n).filter((n) =>
        n !== k && alone.includes(controls[n].name) && wanted[n] !== start[n]);
      for (const n of back) wanted[n] = start[n];
    }
    this.set(wanted);
    const names = back.map((n) => controls[n].name).join(", ");
    this.note(names && fill(words.went_back, { names }));
  }

  /** Show the run at these positions of the controls. */
  set(at) {
    const run = this.data.runs[at];
    if (this.settled && this.shown !== run) {
      this.earlier = this.earlier.filter((each) => each !== this.shown);
      this.earlier = [...this.earlier, this.shown].slice(-EARLIER);
      this.settled = false;
    }
    this.at = [...at];
    this.shown = run;
    this.inputs.forEach((input, k) => {
      const text = this.data.controls[k].texts[at[k]];
      if (input.type === "checkbox") input.checked = at[k] === 1;
      else input.value = at[k];
      if (input.type === "range") {
        input.setAttribute("aria-valuetext", text);
        input.nextElementSibling.textContent = text;
      }
    });
    this.show();
  }

  show() {
    const run = this.shown;
    this.part("status").textContent = run.s;
    this.part("code").textContent = run.c;
    this.part("printed").textContent = run.o;
    this.part("printed").hidden = !run.o;
    const earlier = this.earlier.filter((each) => each !== run);
    const charts = run.f.map((_, n) => drawChart(this.data, run, earlier, n));
    const pictures = run.i.map(([webp, width, height, alt]) =>
      `<img src="data:image/webp;base64,${webp}" width="${width}"
        height="${height}" alt="${escape(alt)}">`);
    this.part("pictures").innerHTML = [...charts, ...pictures].join("");
  }

  /** A move has ended: the address says which run is shown. */
  settle() {
    this.settled = true;
    history.replaceState(null, "", this.link());
  }

  link() {
    const settings = this.data.controls.map((control, k) =>
      `${control.name}=${encodeURIComponent(control.values[this.at[k]])}`);
    return `#${[this.name, ...settings, `seed=${this.data.seed}`].join(";")}`;
  }

  clear() {
    this.earlier = [];
    this.show();
  }

  reset() {
    this.settled = true;
    this.set(this.data.start);
    this.settle();
    this.note("");
  }

  async copy() {
    this.settle();
    const link = location.href;
    try {
      await navigator.clipboard.writeText(link);
      this.note(words.copied);
    } catch { // the page is not from a server, or may not write there
      this.note(fill(words.not_copied, { link }));
    }
  }

  note(text) {
    this.part("note").textContent = text;
  }

  /** Show what a link asks for: a list of "name=value". */
  open(asked) {
    const { controls, seed } = this.data;
    const notes = [];
    const at = [...this.data.start];
    for (const part of asked.filter(Boolean)) {
      const [name, ...rest] = part.split("=");
      const value = rest.join("=");
      const k = controls.findIndex((control) => control.name === name);
      if (name === "seed" && k < 0) {
        if (value !== String(seed))
          notes.push(fill(words.other_seed, { used: seed }));
      } else if (k < 0) {
        notes.push(fill(words.unknown_name, { name }));
      } else {
        const found = findValue(controls[k], value);
        const used = controls[k].texts[found.k ?? at[k]];
        at[k] = found.k ?? at[k];
        if (found.note) notes.push(fill(words[found.note], { name, value, used }));
      }
    }
    if (!this.data.runs[at]) { // one at a time: the last one asked for stays
      const moved = at.findLastIndex((n, k) => n !== this.data.start[k]);
      this.at = [...at];
      this.move(moved, at[moved]);
      notes.push(this.part("note").textContent);
    } else this.set(at);
    this.settled = true;
    this.note(notes.join(" "));
  }
}

const position = (input) =>
  input.type === "checkbox" ? Number(input.checked) : Number(input.value);

/** Find a value of a link among those stored: {k, note}. */
function findValue({ kind, values, texts }, text) {
  const number = text.trim() === "" ? NaN : Number(text); // 1.0 is 1
  const k = values.findIndex((value) => String(value) === text || value === number);
  if (k >= 0) return { k };
  if (texts.includes(text)) return { k: texts.indexOf(text) };
  const last = values.length - 1;
  if (kind !== "range" || !(number >= Math.min(...values))
      || !(number <= Math.max(...values))) return { note: "unknown_value" };
  let best = 0;
  for (let n = 1; n <= last; n++)
    if (Math.abs(values[n] - number) < Math.abs(values[best] - number)) best = n;
  const same = Math.abs(values[best] - number) <= 1e-9 * Math.abs(number);
  return same ? { k: best } : { k: best, note: "nearest" };
}

/** Return chart `n` of a run as HTML, over paler curves of earlier runs. */
function drawChart(data, run, earlier, n) {
  const chart = run.f[n];
  const old = earlier.filter((each) => each.f[n])
    .map((each, k) => ({ run: each, colour: data.ghosts[k], chart: each.f[n] }));
  const labels = tellApart([...old.map((each) => each.run), run]);
  const curves = old.flatMap((each) =>
    each.chart.g.map((g) => paler(data.curves[g], each.colour)));
  const parts = {
    alt: escape(chart.a),
    title: escape(labels.pop()),
    curves: [...curves, ...chart.g.map((g) => data.curves[g])].join(""),
    values: chart.v ? listValues(data, chart, old) : "",
  };
  const text = data.frames[chart.f].replace(
    /@(alt|title|curves|values)@/g, (_, name) => parts[name]);
  const keys = old.map(({ colour }, k) =>
    `<div><svg class="cu-ghost" stroke="${colour}" width="28" height="10"
      viewBox="0 0 28 10" aria-hidden="true"><path d="M0 5H28"/></svg>
      <span>${escape(labels[k])}</span></div>`);
  return text.replace(/<\/div><\/div>$/, `${keys.join("")}</div></div>`);
}

/** Return for each run those settings that differ among all of them. */
function tellApart(runs) {
  const names = Object.keys(runs[0].w);
  const differing = names.filter(
    (name) => new Set(runs.map((run) => run.w[name])).size > 1);
  return runs.map((run) =>
    tell((differing.length ? differing : names).map((name) => [name, run.w[name]])));
}

/** Return a curve as that of an earlier run; points without a line vanish. */
function paler(curve, colour) {
  const line = curve.replace(/<path (stroke-width|fill)[^>]*>/g, "");
  if (!line.includes("<path")) return "";
  return line.replace("cu-curve", "cu-ghost").replace("data-curve", "data-of")
    .replace(/stroke="[^"]*"/, `stroke="${colour}"`);
}

/** Return the radio buttons that show the values at each place. */
function listValues(data, chart, old) {
  const columns = chart.v.map(([head, texts]) =>
    ({ head: data.curves[head], texts: data.curves[texts].split("|") }));
  const ghosts = old.filter((each) => each.chart.t === chart.t).map((each) =>
    ({ colour: each.colour,
       texts: each.chart.v.map(([, texts]) => data.curves[texts].split("|")) }));
  const places = data.stops[chart.t];
  const labels = places.map(([width, share, x], n) => {
    const rows = columns.filter(({ texts }) => texts[n]).map(({ head, texts }) =>
      `<b style="--c:${head[0]}">${head[1]} ${texts[n]}</b>`);
    for (const { colour, texts } of ghosts)
      rows.push(`<i style="--c:${colour}">${texts.map((t) => t[n])
        .filter(Boolean).join(" · ")}</i>`);
    return `<label${share > 50 ? ' class="cu-left"' : ""}
      style="flex:${width};--x:${share}%"><input type="radio" name="x"
      ${n === places.length - 1 ? "checked" : ""}><span>${x}${rows.join("")}
      </span></label>`;
  });
  return `<div role="radiogroup" aria-label="${
    escape(fill(words.values, { name: places[0][2].replace(/ \S+$/, "") }))
  }">${labels.join("")}</div>`;
}

/** Open the panel that the address names, with its settings. */
async function followLink() {
  const parts = location.hash.slice(1).split(";").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  const panel = panels.get(parts[0]);
  if (!panel) {
    if (parts.length > 1) {
      const note = document.querySelector(".panel-note");
      if (note) note.textContent = fill(words.unknown_panel, { name: parts[0] });
    }
    return;
  }
  await panel.load();
  panel.open(parts.slice(1));
  panel.root.scrollIntoView({ block: "center" });
}

/** Move the first slider of a panel by itself, until someone touches it. */
function play(panel) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const last = panel.data.controls[0].values.length - 1;
  const stops = panel.root.dataset.play.split(",").map(Number);
  const way = [];
  for (let at = panel.at[0]; stops.length;) {
    if (at === stops[0]) stops.shift();
    else way.push((at += Math.sign(stops[0] - at)));
  }
  const timer = setInterval(() => {
    const to = way.shift();
    if (to === undefined || to < 0 || to > last) return clearInterval(timer);
    panel.move(0, to);
    panel.settled = false;
  }, 200);
  for (const event of ["pointerdown", "keydown"])
    panel.root.addEventListener(event, () => clearInterval(timer), { once: true });
}

for (const root of document.querySelectorAll(".panel"))
  panels.set(root.dataset.name, new Panel(root));
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries)
    if (isIntersecting) panels.get(target.dataset.name).load();
}, { rootMargin: "1000px" });
for (const { root, ready } of panels.values()) {
  near.observe(root);
  if ("play" in root.dataset) ready.then(() => play(panels.get(root.dataset.name)));
}
for (const link of document.querySelectorAll("a.other-language"))
  link.addEventListener("click", () => (link.href = link.href.split("#")[0] + location.hash));
addEventListener("hashchange", followLink);
followLink();
window.bookPanels = panels;
