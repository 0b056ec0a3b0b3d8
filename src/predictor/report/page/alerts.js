// What happened since the previous run: a line above the list, and a view of its own.
const ALERT_SIGNS = { strong_signal: "★", became_hot: "▲", fell: "▼", gone_silent: "…", close_slipped: "»" };

function sinceTitle() {
  return data.since.day ? t("since", { day: dated(data.since.day) }) : t("since_last");
}

function alertCounts() {
  const counts = new Map(data.since.kinds.map((kind) => [kind, 0]));
  for (const all of allAlerts().values()) {
    for (const alert of all) counts.set(alert.kind, counts.get(alert.kind) + 1);
  }
  return [...counts];
}

function alertSign(kind) {
  return h("span", { "aria-hidden": "true" }, (ALERT_SIGNS[kind.name] || "●") + " ");
}

function alertBadge(kind) {
  return h("span", { class: "badge kind-" + kind.name }, alertSign(kind), both(kind));
}

// Each kind with its number, as a way to these alerts.
function happened() {
  if (!data.since) return null;
  const link = ([kind, count]) => h("li", {}, h("a", {
    class: "badge kind-" + kind.name,
    href: "#" + written({ ...state, ...UNFILTERED, view: "alerts", kinds: [kind.name], page: 1, id: "" }),
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      Object.assign(state, UNFILTERED, { kinds: [kind.name] });
      go("alerts");
    },
  }, alertSign(kind), both(kind), t("colon"), number(count)));
  const kinds = alertCounts().filter(([, count]) => count);
  return h("section", { class: "happened", "aria-labelledby": "happened" },
    h("h3", { id: "happened" }, sinceTitle()),
    kinds.length ? h("ul", {}, kinds.map(link)) : h("p", { class: "quiet" }, t("no_alerts")));
}

// A date that slipped has both of its days beside it.
function alertText(alert) {
  const days = alert.before && alert.now &&
    h("span", { class: "quiet" }, `${dated(alert.before)} → ${dated(alert.now)}`);
  return h("p", {}, alert.text && sentence("span", { class: "what" }, name(alert.text)), days && [" ", days]);
}

// Several alerts of a kind share its badge.
function alertLines(all) {
  const kinds = [...new Set(all.map((alert) => alert.kind))];
  return h("ul", { class: "alert-lines" }, kinds.map((kind) => h("li", {}, alertBadge(kind),
    h("div", {}, all.filter((alert) => alert.kind === kind).map(alertText)))));
}

function alertTable(shown) {
  const titles = ["rank", "prospect", "band", "probability", data.rows.change && "change", "happened"];
  return rowTable(t("alerts_caption"), titles.filter(Boolean).map((title) => columnHead(t(title))),
    shown.map((i, place) => tableRow(i, [rowStart(i, place === 0),
      data.rows.change && cell("change", t("change"), moved(i)),
      cell("reasons", t("happened"), alertLines(allAlerts().get(i).filter(wanted)), followUp(i))])));
}

function alertCount(found) {
  const count = found.reduce((sum, i) => sum + allAlerts().get(i).filter(wanted).length, 0);
  return `${t("alert_count", { count })}, ${t("prospects", { count: found.length })}`;
}

function showAlerts() {
  const kinds = alertCounts().filter(([, count]) => count);
  const { beyond, by_model_alone: byModelAlone } = data.since;
  find("#alerts").replaceChildren(...[
    h("h2", { id: "alerts-heading", tabindex: -1 }, sinceTitle()),
    beyond > 0 && h("p", { class: "quiet" }, t("beyond", { count: beyond, all: data.rows.id.length })),
    byModelAlone && h("p", { class: "quiet" }, both(byModelAlone)),
    kinds.length > 0 && searchForm(
      chips(t("happened"), "kinds", kinds.map(([kind, count]) =>
        [kind.name, "kind-" + kind.name, h("span", {}, alertSign(kind), both(kind), " ",
          h("span", { class: "tally" }, number(count)))])),
      folded(t("more_filters"), whose(), clearButton())),
    kinds.length > 0 ? rowsPlace() : h("p", { class: "empty" }, t("no_alerts")),
  ].flat().filter(Boolean));
  if (kinds.length) showRows();
}
