// Charts: SVG drawn at the width that they have, on paper too, so that their letters keep their size.
const PAPER_PX = { whole: 620, half: 290 };

function chart(label, height, draw) {
  const box = h("div", { class: "chart" });
  const paint = (paper) => {
    const width = paper || Math.max(260, Math.round(box.clientWidth) || 560);
    if (box.dataset.width === String(width)) return;
    box.dataset.width = width;
    const drawn = typeof height === "function" ? height(width) : height;
    const canvas = s("svg", {
      viewBox: `0 0 ${width} ${drawn}`, role: "img", "aria-label": label, class: "drawing",
    });
    draw(canvas, width, drawn);
    box.replaceChildren(canvas);
  };
  new ResizeObserver(() => requestAnimationFrame(() => paint())).observe(box);
  box.addEventListener("paper", (event) =>
    paint(event.detail && (box.closest(".pairs") ? PAPER_PX.half : PAPER_PX.whole)));
  paint();
  return box;
}

function label(x, y, text, attributes) {
  return s("text", { x, y, ...attributes }, text);
}

// Round steps for an axis from 0 to `most`.
function ticks(most, wanted) {
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((value) => value >= rough);
  const found = [];
  for (let value = 0; value <= most * 1.0001; value += step) found.push(value);
  return found;
}

function axes(canvas, frame, x, y, options) {
  for (const value of y.ticks) {
    canvas.append(
      s("line", { x1: frame.left, x2: frame.right, y1: y.at(value), y2: y.at(value), class: "grid" }),
      label(frame.left - 6, y.at(value) + 4, options.y(value), { class: "tick", "text-anchor": "end" }));
  }
  for (const value of x.ticks) {
    canvas.append(label(x.at(value), frame.bottom + 17, options.x(value),
      { class: "tick", "text-anchor": "middle" }));
  }
  canvas.append(label((frame.left + frame.right) / 2, frame.bottom + 35, options.xTitle,
    { class: "tick", "text-anchor": "middle" }));
}

function scale(most, from, to, wanted) {
  return { ticks: ticks(most, wanted), at: (value) => from + ((to - from) * value) / most };
}

function path(xs, ys) {
  return xs.map((x, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("");
}

function area(xs, lows, highs) {
  const back = xs.map((x, i) => `L${x.toFixed(1)} ${lows[i].toFixed(1)}`).reverse().join("");
  return path(xs, highs) + back + "Z";
}

// Won from below, lost from above, open in between; the band is the window in which it would close.
function curvesChart(curve, windowDays, horizon) {
  const last = curve.days[curve.days.length - 1];
  const at = curve.days.indexOf(horizon);
  const spoken = at < 0 ? t("curve") : t("curve_spoken", {
    days: horizon, won: percent(curve.won[at] / SCALE, 1), lost: percent(curve.lost[at] / SCALE, 1),
  });
  return chart(spoken, (width) => (width < 420 ? 240 : 270), (canvas, width, height) => {
    const frame = { left: 46, right: width - 18, top: 22, bottom: height - 42 };
    const x = scale(last, frame.left, frame.right, width < 420 ? 4 : 7);
    const y = scale(1, frame.bottom, frame.top, 4);
    const xs = curve.days.map(x.at);
    const won = curve.won.map((value) => y.at(value / SCALE));
    const lost = curve.lost.map((value) => y.at(1 - value / SCALE));
    const ends = curve.days.map(() => [y.at(0), y.at(1)]);
    canvas.append(
      s("path", { d: area(xs, won, lost), class: "area-open" }),
      s("path", { d: area(xs, lost, ends.map((end) => end[1])), class: "area-lost" }),
      s("path", { d: area(xs, ends.map((end) => end[0]), won), class: "area-won" }),
      s("path", { d: path(xs, won), class: "line-won" }),
      s("path", { d: path(xs, lost), class: "line-lost" }));
    axes(canvas, frame, x, y, {
      x: (value) => number(value), y: (value) => percent(value), xTitle: t("days_from_now"),
    });
    const [low, middle, high] = windowDays.map((value) => value === null ? null : value / 10);
    if (middle !== null) {
      canvas.append(
        s("rect", { x: x.at(low), width: Math.max(2, x.at(high) - x.at(low)), y: frame.bottom - 7,
          height: 7, class: "window", rx: 2 }),
        s("line", { x1: x.at(middle), x2: x.at(middle), y1: frame.bottom - 12, y2: frame.bottom,
          class: "median" }));
    }
    if (horizon < last) {
      const side = x.at(horizon) > width - 120 ? "end" : "start";
      canvas.append(
        s("line", { x1: x.at(horizon), x2: x.at(horizon), y1: frame.top - 6, y2: frame.bottom,
          class: "marker" }),
        label(x.at(horizon) + (side === "end" ? -5 : 5), frame.top - 8, t("days", { count: horizon }),
          { class: "note", "text-anchor": side }));
    }
    hover(canvas, frame, curve, x, y);
  });
}

// The figures under the pointer; they are in the table below the chart as well.
function hover(canvas, frame, curve, x, y) {
  const rule = s("line", { y1: frame.top, y2: frame.bottom, class: "rule", visibility: "hidden" });
  const text = label(frame.right, frame.top - 8, "", { class: "note strong", "text-anchor": "end" });
  canvas.append(rule, text);
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * canvas.viewBox.baseVal.width;
    let nearest = 0;
    curve.days.forEach((days, i) => {
      if (Math.abs(x.at(days) - place) < Math.abs(x.at(curve.days[nearest]) - place)) nearest = i;
    });
    const at = x.at(curve.days[nearest]);
    fill(rule, { x1: at, x2: at, visibility: "visible" }, []);
    text.textContent = t("curve_at", {
      day: day(curve.days[nearest]), won: percent(curve.won[nearest] / SCALE),
      lost: percent(curve.lost[nearest] / SCALE),
    });
  });
  canvas.addEventListener("pointerleave", () => {
    rule.setAttribute("visibility", "hidden");
    text.textContent = "";
  });
}

function legend(...entries) {
  return h("ul", { class: "legend" },
    entries.map(([kind, text]) =>
      h("li", {}, h("span", { class: "key " + kind, "aria-hidden": "true" }), text)));
}

// Promised against observed: on the diagonal the promise is kept.
function calibrationChart(rows) {
  const seen = rows.filter((row) => row.observed !== null);
  const most = Math.min(1, 1.05 * Math.max(0.01,
    ...seen.map((row) => Math.max(row.predicted, row.observed_high))));
  return chart(t("calibration_spoken"), plotHeight, (canvas, width, height) => {
    const frame = { left: 46, right: width - 24, top: 10, bottom: height - 42 };
    const x = scale(most, frame.left, frame.right, 5);
    const y = scale(most, frame.bottom, frame.top, 5);
    axes(canvas, frame, x, y, {
      x: (value) => percent(value), y: (value) => percent(value), xTitle: t("promised"),
    });
    canvas.append(s("line", { x1: x.at(0), y1: y.at(0), x2: x.at(most), y2: y.at(most), class: "ideal" }));
    for (const row of seen) {
      const at = x.at(row.predicted);
      canvas.append(
        s("line", { x1: at, x2: at, y1: y.at(row.observed_low), y2: y.at(Math.min(most, row.observed_high)),
          class: "whisker" }),
        s("circle", { cx: at, cy: y.at(row.observed), r: 4.5, class: "dot" }));
    }
  });
}

const LINES = ["line-a", "line-b", "line-c", "line-d", "line-e"];

// Flatter on paper, where a sheet has to hold more.
function plotHeight(width) {
  return width > PAPER_PX.half ? Math.min(340, width * 0.8) : width * 0.62;
}

function gainChart(tops) {
  return chart(t("gain_spoken"), plotHeight, (canvas, width, height) => {
    const frame = { left: 46, right: width - 24, top: 10, bottom: height - 42 };
    const x = scale(1, frame.left, frame.right, 5);
    const y = scale(1, frame.bottom, frame.top, 5);
    axes(canvas, frame, x, y, {
      x: (value) => percent(value), y: (value) => percent(value), xTitle: t("top_share"),
    });
    canvas.append(s("line", { x1: x.at(0), y1: y.at(0), x2: x.at(1), y2: y.at(1), class: "ideal" }));
    Object.values(tops).reverse().forEach((rows, i, all) => {
      const kept = rows.filter((row) => row.won_found !== null);
      canvas.append(s("path", {
        d: path([x.at(0), ...kept.map((row) => x.at(row.share))],
          [y.at(0), ...kept.map((row) => y.at(row.won_found))]),
        class: "line " + LINES[all.length - 1 - i],
      }));
    });
  });
}

function histogramChart(values) {
  const bins = new Array(20).fill(0);
  for (const value of values) bins[Math.min(19, Math.floor((value / SCALE) * 20))] += 1;
  const most = Math.max(...bins, 1);
  return chart(t("spread_spoken"), (width) => (width > PAPER_PX.half ? 210 : 140), (canvas, width, height) => {
    const frame = { left: 46, right: width - 24, top: 10, bottom: height - 42 };
    const x = scale(1, frame.left, frame.right, 5);
    const y = scale(most, frame.bottom, frame.top, 3);
    axes(canvas, frame, x, y, {
      x: (value) => percent(value), y: (value) => number(value), xTitle: t("probability"),
    });
    bins.forEach((count, i) => {
      if (!count) return;
      canvas.append(s("rect", {
        x: x.at(i / 20) + 1, width: x.at(0.05) - x.at(0) - 2, y: y.at(count),
        height: frame.bottom - y.at(count), class: "bin",
      }, s("title", {}, `${percent(i / 20)} – ${percent((i + 1) / 20)}: ${number(count)}`)));
    });
  });
}
