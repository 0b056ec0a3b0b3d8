// One prospect: its score, curve, signals, latest facts, and what to ask next.
const KIND_SIGNS = { interaction: "●", answer: "✎", stage: "⚑", created: "○" };

// Numbers stored as differences from the one before.
function summed(differences) {
  let total = 0;
  return differences.map((difference) => (total += difference));
}

function curveOf(i) {
  if (!data.curves || !data.curves.won[i]) return null;
  const won = summed(data.curves.won[i]);
  const lost = summed(data.curves.lost[i]);
  return { days: data.curves.days, won, lost, open: won.map((value, k) => SCALE - value - lost[k]) };
}

// [{signal, value, text}], the largest first; the rest makes the sum exact.
function signalsOf(i) {
  const flat = data.signals_of[i] || [];
  const found = [];
  for (let k = 0; k < flat.length; k += 3) {
    found.push({ signal: data.signals[flat[k]], value: flat[k + 1], text: told(flat[k + 2]) });
  }
  return found;
}

function restOf(i) {
  const named = signalsOf(i).reduce((sum, each) => sum + each.value, 0);
  return data.rows.probability[i] - data.run.portfolio - named;
}

function factsOf(i) {
  const flat = (data.history && data.history[i]) || [];
  const found = [];
  let before = 0;
  for (let k = 0; k < flat.length; k += 3) {
    before += flat[k];
    found.push({ days: before, kind: data.kinds[flat[k + 1]], text: told(flat[k + 2]) });
  }
  return found;
}

function headline(i) {
  const rows = data.rows;
  const days = data.run.horizon_days;
  const [low, high] = [rows.low[i], rows.high[i]];
  const about = [told(rows.account[i]), told(rows.owner[i]),
    rows.territory && told(rows.territory[i])].filter(Boolean);
  const parts = [
    h("p", { class: "about" }, badge(i), " ",
      t("place", { rank: rows.rank[i], all: data.run.listed }),
      about.map((text) => [" · ", name(text)])),
    h("p", { class: "score" },
      h("strong", { id: "score" }, percent(rows.probability[i] / SCALE, 1)), " ",
      t("won_within", { count: days })),
    h("p", { class: "quiet" },
      low === null ? "" : t("interval", { low: percent(low / SCALE, 1), high: percent(high / SCALE, 1) }),
      " ", t("usual", { mean: percent(data.run.portfolio / SCALE, 1) }), " ",
      t("lost_within", { lost: percent(rows.loss[i] / SCALE, 1), count: days })),
  ];
  if (rows.exploration && rows.exploration[i]) parts.push(h("p", { class: "quiet" }, t("exploration_note")));
  if (rows.few[i]) parts.push(h("p", { class: "warning" }, t("few_long")));
  const follow = rows.follow_up && told(rows.follow_up[i]);
  if (follow) parts.push(h("p", { class: "follow" }, t("follow_up"), " ", sentence("strong", {}, name(follow))));
  const caution = told(rows.caution[i]);
  if (caution) parts.push(h("p", { class: "quiet" }, t("caution"), " ", reason(caution)));
  return h("div", { class: "card headline" }, parts);
}

const PARTS = ["by_prospect", "by_time", "by_model", "by_data"];

// Probability, place and band: before, and as they stand.
function changeLine(i, change) {
  const rows = data.rows;
  const [rank, band] = [rows.rank_before, rows.band_before].map((column) => (column ? column[i] : null));
  const places = rank !== null && rank !== rows.rank[i] &&
    t("changed_rank", { before: rank, after: rows.rank[i] });
  const bands = band !== null && BANDS[rows.band[i]] && band !== rows.band[i] &&
    t("changed_band", { before: t("band_" + BANDS[band]), after: t("band_" + BANDS[rows.band[i]]) });
  return h("p", {}, t("changed_from", {
    before: percent((rows.probability[i] - change) / SCALE, 1),
    after: percent(rows.probability[i] / SCALE, 1),
  }), " ", changed(change), [places, bands].filter(Boolean).map((text) => " · " + text));
}

function changeCard(i) {
  const rows = data.rows;
  const change = rows.change ? rows.change[i] : null;
  const reason_ = rows.change_reason && told(rows.change_reason[i]);
  const all = allAlerts().get(i) || [];
  if (change === null && !reason_ && !all.length) return null;
  const said = all.some((alert) => alert.text === reason_);
  const split = data.changes && data.changes[i];
  const parts = split && PARTS.map((key, k) => [key, split[k]]).filter((part) => part[1]);
  const most = Math.max(...(parts || []).map((part) => Math.abs(part[1])), 1);
  return section("changed", data.since && data.since.day ? t("since_day", { day: dated(data.since.day) }) : t("changed"),
    all.length > 0 && alertLines(all),
    change !== null && changeLine(i, change),
    reason_ && !said && sentence("p", {}, name(reason_)),
    parts && parts.length > 0 &&
      h("ul", { class: "bars" }, parts.map(([key, value]) => bar(t(key), value, most))));
}

function bar(text, value, most, own) {
  const fillBar = h("span", { class: value >= 0 ? "fill up" : "fill down" });
  fillBar.style.width = (50 * Math.abs(value)) / most + "%";
  const track = h("span", { class: "track", "aria-hidden": "true" }, fillBar);
  return h("li", {}, own ? sentence("span", { class: "what" }, name(text)) : h("span", { class: "what" }, text),
    track, h("span", { class: value >= 0 ? "points up" : "points down" }, points(value)));
}

function signalsCard(i) {
  const found = signalsOf(i);
  if (!found.length) return null;
  const most = Math.max(...found.map((each) => Math.abs(each.value)), 1);
  const rest = restOf(i);
  const list = (title, wanted) => {
    const some = found.filter(wanted);
    return some.length > 0 && [h("h4", {}, title), h("ul", { class: "bars" }, some.map((each) =>
      bar(each.text || both(each.signal), each.value, most, Boolean(each.text))))];
  };
  return section("signals", t("signals"),
    list(t("speaks_for"), (each) => each.value > 0),
    list(t("speaks_against"), (each) => each.value < 0),
    h("p", { class: "sum", id: "sum" }, t("sum", {
      mean: percent(data.run.portfolio / SCALE, 1),
      named: points(found.reduce((sum, each) => sum + each.value, 0)),
      rest: points(rest), total: percent(data.rows.probability[i] / SCALE, 1),
    })),
    h("p", { class: "quiet" }, t("association")));
}

function curveCard(i) {
  const rows = data.rows;
  const curve = curveOf(i);
  const low = rows.low_days[i];
  const middle = rows.median[i];
  const high = rows.high_days[i];
  const sooner = rows.sooner_or_later && told(rows.sooner_or_later[i]);
  if (!curve && middle === null) return null;
  const days = (tenths) => Math.round(tenths / 10);
  return section("when", t("when"),
    middle !== null && h("p", {}, t("if_it_closes", {
      median: t("days", { count: days(middle) }), first: day(days(low)), last: day(days(high)) })),
    sooner && sentence("p", {}, name(sooner)),
    curve && [
      curvesChart(curve, [low, middle, high], data.run.horizon_days),
      legend(["won", t("won")], ["open", t("still_open")], ["lost", t("lost")], ["window-key", t("window")]),
      figures(t("curve"), [t("days_from_now"), t("won"), t("still_open"), t("lost")],
        curve.days.map((each, k) => [number(each), ...["won", "open", "lost"].map((kind) =>
          percent(curve[kind][k] / SCALE, 1))]), [0, 1, 2, 3]),
    ]);
}

// An open question or step: the range of the score over its answers, with where it stands.
function stepLine(i, action, lowValue, low, highValue, high, support) {
  const place = (value) => value / (SCALE / 100) + "%";
  const range = h("span", { class: "fill whole best" });
  range.style.left = place(Math.min(low, high));
  range.style.width = place(Math.abs(high - low));
  const stands = h("span", { class: "point" });
  stands.style.left = place(data.rows.probability[i]);
  const end = (value, probability) => [
    sentence("span", {}, name(told(value) || "?")), t("colon"), percent(probability / SCALE)];
  return h("li", {}, sentence("span", { class: "what" }, name(told(action))),
    h("span", { class: "track reach", "aria-hidden": "true" }, range, stands),
    h("span", { class: "quiet" }, end(lowValue, low), " · ", end(highValue, high),
      support === null ? "" : " · " + t("support", { count: support })));
}

function nextCard(i) {
  const steps = (data.next_steps && data.next_steps[i]) || [];
  const ask = data.rows.ask_next && told(data.rows.ask_next[i]);
  if (!steps.length && !ask) return null;
  return section("next", t("ask_next"),
    ask && !steps.length && sentence("p", {}, h("strong", {}, name(ask))),
    steps.length > 0 && [
      h("ol", { class: "steps" }, steps.map((step) => stepLine(i, ...step))),
      h("p", { class: "quiet" }, t("step_note")),
    ]);
}

function historyCard(i) {
  const facts = factsOf(i);
  if (!facts.length) return null;
  return section("history", t("history"),
    h("ol", { class: "timeline" }, facts.map((fact) =>
      h("li", { class: "kind-" + fact.kind },
        h("span", { class: "sign", "aria-hidden": "true" }, KIND_SIGNS[fact.kind] || "●"),
        h("span", { class: "when" }, day(-fact.days)),
        sentence("span", { class: "what" }, name(fact.text))))));
}

function showProspect() {
  const panel = find("#prospect");
  const i = state.id === "" ? -1 : data.rows.id.indexOf(state.id);
  document.body.classList.toggle("has-open", i >= 0);
  panel.hidden = i < 0;
  document.querySelectorAll("tr.current").forEach((each) => each.classList.remove("current"));
  if (i < 0) {
    panel.replaceChildren();
    return;
  }
  const link = find(`a.open[data-row="${i}"]`);
  if (link) link.closest("tr").classList.add("current");
  const found = chosen();
  const at = found.indexOf(i);
  const step = (by) => found[at + by] === undefined || at < 0 ? null : data.rows.id[found[at + by]];
  const move = (by, text, sign) => button([h("span", { "aria-hidden": "true" }, sign),
    h("span", { class: "hidden" }, text)], () => open(step(by)),
    { disabled: step(by) === null, title: text });
  panel.replaceChildren(
    h("div", { class: "panel-bar" },
      button("← " + t("back"), () => open(""), { id: "close", class: "plain" }),
      h("span", { class: "spring" }),
      move(-1, t("previous_prospect"), "↑"), move(1, t("next_prospect"), "↓"),
      button(t("print"), () => window.print(), { class: "plain" })),
    h("h2", { id: "prospect-heading", tabindex: -1 }, name(data.rows.id[i])));
  panel.append(...[headline(i), nextCard(i), changeCard(i), curveCard(i), signalsCard(i), historyCard(i)]
    .filter(Boolean));
  panel.scrollTop = 0;
}

// Open a prospect by its id, or close the open one with "".
function open(id) {
  const last = data.rows.id.indexOf(state.id);
  state.id = id;
  history.pushState(null, "", "#" + written(state));
  showProspect();
  title();
  if (id !== "") {
    find("#prospect-heading").focus();
    return;
  }
  const link = find(`a.open[data-row="${last}"]`) || find("a.open");
  if (!link) return;
  document.querySelectorAll("a.open").forEach((each) => (each.tabIndex = each === link ? 0 : -1));
  link.focus();
}
