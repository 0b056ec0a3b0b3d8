// The model: what its list is worth, whether its promises come true, and what it learnt from.
function worthCard(evaluation) {
  const worth = evaluation.worth;
  if (!worth) return null;
  const most = Math.max(...worth.table.map((row) => row.high || row.met), 0.01);
  const title = t("worth");
  return section("worth", title,
    h("p", { class: "lead" }, both(worth.sentence)),
    h("ul", { class: "bars met" }, worth.table.map((row) => {
      const fillBar = h("span", { class: row.predictor === "model" ? "fill whole best" : "fill whole" });
      fillBar.style.width = (100 * row.met) / most + "%";
      return h("li", {}, h("span", { class: "what" }, predictor(row.predictor)),
        h("span", { class: "track", "aria-hidden": "true" }, fillBar),
        h("span", { class: "amount" }, percent(row.met)));
    })),
    figures(title, [t("order"), t("met"), t("interval_95")], worth.table.map((row) => [
      predictor(row.predictor), percent(row.met, 1), between(row.low, row.high, (x) => percent(x, 1))]), [1, 2]));
}

function predictor(key) {
  const known = data.words[language]["predictor_" + key.replace(/\W/g, "_").toLowerCase()];
  return known || key;
}

function between(low, high, write) {
  return low === null || high === null ? "–" : t("range", { low: write(low), high: write(high) });
}

function calibrationCard(evaluation) {
  const rows = evaluation.calibration.filter((row) => row.observed !== null);
  if (!rows.length) return null;
  const write = (value) => percent(value, 1);
  return section("calibration", t("calibration"),
    h("p", { class: "quiet" }, t("calibration_note", { count: evaluation.horizon_days })),
    calibrationChart(rows),
    legend(["dot-key", t("observed")], ["ideal-key", t("as_promised")]),
    figures(t("calibration"), [t("promised"), t("observed"), t("interval_95"), t("snapshots")],
      rows.map((row) => [write(row.predicted), write(row.observed),
        between(row.observed_low, row.observed_high, write),
        row.snapshots === undefined ? "" : number(row.snapshots)]), [0, 1, 2, 3]));
}

function liftCard(evaluation) {
  const names = Object.keys(evaluation.tops);
  if (!names.length) return null;
  return section("lift", t("lift"),
    h("p", { class: "quiet" }, t("lift_note", { count: evaluation.horizon_days })),
    gainChart(evaluation.tops),
    legend(...names.map((each, i) => [LINES[i], predictor(each)]), ["ideal-key", t("random_order")]),
    figures(t("lift"), [t("top_share"), ...names.map(predictor), t("lift_of_model")],
      evaluation.tops[names[0]].map((row, i) => [percent(row.share, row.share < 0.1 ? 1 : 0),
        ...names.map((each) => maybe(evaluation.tops[each][i].won_found, (x) => percent(x))),
        maybe(row.lift, (x) => number(x, 1))]), [0, 1, 2, 3, 4, 5, 6]));
}

function maybe(value, write) {
  return value === null || value === undefined ? "–" : write(value);
}

const WORST = 10;
const METRICS = [["auc", 3], ["log_loss", 3], ["brier_skill", "%"], ["lift_top", 1],
  ["observed_over_expected", 2], ["time_coverage", "%"]];

function metricsCard(evaluation) {
  const rows = Object.values(evaluation.metrics)[0] || [];
  if (!rows.length) return null;
  const write = (digits) => (value) => (digits === "%" ? percent(value, 1) : number(value, digits));
  return section("metrics", t("metrics"),
    h("p", { class: "quiet" }, t("tested", {
      snapshots: evaluation.snapshots, prospects: evaluation.prospects,
      first: dated(evaluation.first), last: dated(evaluation.last) })),
    table(t("metrics"), [t("horizon"), t("order"), ...METRICS.map(([key]) => t("metric_" + key))],
      rows.map((row) => [t("days", { count: row.horizon_days }), row.predictor === "base rate" ? t("base_rate") : predictor(row.predictor),
        ...METRICS.map(([key, digits]) => maybe(row[key], write(digits)))]), [2, 3, 4, 5, 6, 7]));
}

function overallCard() {
  const rows = data.overall;
  if (!rows.length) return null;
  const most = Math.max(...rows.map((row) => Math.max(row.up, -row.down)), 1);
  const half = (value, kind) => {
    const fillBar = h("span", { class: "fill " + kind });
    fillBar.style.width = (50 * Math.abs(value)) / most + "%";
    return fillBar;
  };
  return section("overall", t("overall"),
    h("p", { class: "quiet" }, t("overall_note")),
    h("ul", { class: "bars" }, rows.map((row) => h("li", {},
      h("span", { class: "what" }, both(data.signals[row.signal])),
      h("span", { class: "track", "aria-hidden": "true" }, half(row.up, "up"), half(row.down, "down")),
      h("span", { class: "amount" }, number(row.strength / 100, 1))))));
}

function slicesCard(evaluation) {
  const rows = evaluation.slices;
  if (!rows.length) return null;
  const shown = (some) => table(t("slices_caption"), [t("slice"), t("prospects_column"), t("won"),
    t("observed_expected"), t("interval_95"), t("around_one")], some.map((row) => [name(both(row.label)),
    number(row.prospects), number(row.won), maybe(row.observed_over_expected, (x) => number(x, 2)),
    between(row.low, row.high, (x) => number(x, 2)), whisker(row)]), [1, 2, 3, 4]);
  return section("slices", t("slices"),
    h("p", { class: "quiet" }, t("slices_note")), shown(rows.slice(0, WORST)),
    rows.length > WORST && h("details", {},
      h("summary", {}, t("other_slices", { count: rows.length - WORST })), shown(rows.slice(WORST))));
}

// Observed over expected with its interval, on a scale of ratios from a third to three; 1 is in the middle.
function whisker(row) {
  if (row.low === null || row.observed_over_expected === null) return null;
  const place = (ratio) => Math.min(100, Math.max(0, 50 + (50 * Math.log(Math.max(ratio, 1e-3))) / Math.log(3)));
  const line = h("span", { class: row.low > 1 || row.high < 1 ? "span outside" : "span" });
  line.style.left = place(row.low) + "%";
  line.style.width = place(row.high) - place(row.low) + "%";
  const point = h("span", { class: "point" });
  point.style.left = place(row.observed_over_expected) + "%";
  return h("span", { class: "track ratio", "aria-hidden": "true" }, line, point);
}

function trainedCard(model) {
  const facts = model.training;
  const outcomes = facts.prospects_by_outcome || {};
  const entry = (key, value) => value !== undefined && [h("dt", {}, t(key)), h("dd", {}, value)];
  return section("trained", t("trained"),
    h("dl", { class: "facts" },
      entry("model_version", name(model.version)),
      entry("trained_as_of", dated(model.trained_as_of)),
      entry("snapshots", maybe(facts.snapshots, number)),
      entry("prospects_column", maybe(facts.prospects, number)),
      ["won", "lost", "open"].map((key) => outcomes[key] !== undefined &&
        entry(key === "open" ? "still_open" : key, number(outcomes[key]))),
      entry("looked_at", t("days", { count: facts.every_days })),
      entry("features", number(model.features)),
      entry("longest", t("days", { count: Math.floor(model.max_horizon_days) }))));
}

function sourceCard() {
  const rows = data.run.source_rows || [];
  if (!rows.length) return null;
  return section("source", t("source"),
    table(t("source"), [t("table"), t("used_or_not"), t("rows")], rows.map((row) =>
      [name(row.table), row.reason === "used" ? t("used") : name(row.reason), number(row.rows)]), [2]));
}

function spreadCard() {
  const rows = data.rows.probability;
  return section("spread", t("spread"), histogramChart(rows));
}

function showModel() {
  const model = data.model;
  const evaluation = model && model.evaluation;
  const cards = [h("h2", { id: "model-heading", tabindex: -1 }, t("model"))];
  if (evaluation) cards.push(worthCard(evaluation));
  else cards.push(h("p", { class: "card warning" }, t("no_evaluation")));
  const pairs = evaluation ? [calibrationCard(evaluation), liftCard(evaluation)] : [];
  pairs.push(overallCard(), h("div", { class: "stack" }, spreadCard(), model && trainedCard(model)));
  cards.push(h("div", { class: "pairs" }, pairs.filter(Boolean)));
  if (evaluation) cards.push(metricsCard(evaluation), slicesCard(evaluation));
  cards.push(sourceCard());
  find("#model").replaceChildren(...cards.filter(Boolean));
}
