// The list: its rows, its pages, and its filters.
const BAND_SIGNS = { hot: "●", warm: "◐", cold: "○" };

function badge(i) {
  const band = BANDS[data.rows.band[i]];
  if (!band) return null;
  const drawn = data.rows.exploration && data.rows.exploration[i];
  return [h("span", { class: "badge " + band },
    h("span", { "aria-hidden": "true" }, BAND_SIGNS[band] + " "), t("band_" + band)),
  drawn ? h("span", { class: "quiet drawn" }, t("exploration")) : null];
}

function meter(i) {
  const rows = data.rows;
  const bar = h("span", { class: "meter", "aria-hidden": "true" }, h("span", {}));
  bar.firstChild.style.width = rows.probability[i] / 100 + "%";
  return h("span", { class: "probability" },
    h("strong", {}, percent(rows.probability[i] / SCALE)), bar, interval(i));
}

function interval(i) {
  const [low, high] = [data.rows.low[i], data.rows.high[i]];
  if (data.rows.few[i]) return h("span", { class: "quiet" }, t("few_short"));
  if (low === null) return null;
  return h("span", { class: "quiet" },
    t("range", { low: percent(low / SCALE), high: percent(high / SCALE) }));
}

// "Asked for a quote: +12 points" shows its points first, as a mark of their own.
function reason(text) {
  const parts = /^(.*?)\s*:\s*([+\-−][\d.,\s]+)\s*points?$/su.exec(text);
  if (!parts) return sentence("span", {}, name(text));
  const up = parts[2].startsWith("+");
  return h("span", { class: "reason" },
    h("span", { class: up ? "points up" : "points down" }, parts[2].trim()),
    sentence("span", {}, name(parts[1])));
}

function reasons(i) {
  const texts = data.rows.reasons.map((column) => told(column[i])).filter(Boolean);
  if (!texts.length) return null;
  return h("ul", { class: "reasons" }, texts.map((text) => h("li", {}, reason(text))));
}

function followUp(i) {
  const text = data.rows.follow_up && told(data.rows.follow_up[i]);
  return text && h("p", { class: "next" }, h("span", { "aria-hidden": "true" }, "→ "),
    sentence("span", {}, name(text)));
}

function cell(kind, title, ...content) {
  return h("td", { role: "cell", class: "cell-" + kind, "data-title": title }, content);
}

// What the rows of the list and of the alerts begin with.
function rowStart(i, first) {
  const rows = data.rows;
  const about = [told(rows.account[i]), told(rows.owner[i])].filter(Boolean);
  const link = h("a", {
    href: "#" + written({ ...state, id: rows.id[i] }), class: "open", "data-row": i,
    tabindex: first ? 0 : -1,
  }, name(rows.id[i]));
  return [
    cell("rank", t("rank"), number(rows.rank[i])),
    cell("prospect", t("prospect"), link,
      h("span", { class: "quiet" }, about.map((text, place) => [place ? " · " : "", name(text)]))),
    cell("band", t("band"), badge(i)),
    cell("probability", t("probability"), meter(i)),
  ];
}

function tableRow(i, cells) {
  return h("tr", { role: "row", class: data.rows.id[i] === state.id ? "current" : null }, cells);
}

function row(i, first) {
  const rows = data.rows;
  return tableRow(i, [rowStart(i, first),
    cell("closes", t("closes"), dayRange(rows.low_days[i], rows.high_days[i]) || "–"),
    rows.value && cell("value", t("value"), rows.value[i] === null ? "–" : number(rows.value[i])),
    rows.change && cell("change", t("change"), moved(i), why(i)),
    cell("reasons", t("reasons"), reasons(i), followUp(i))]);
}

function changed(value) {
  if (value === null) return h("span", { class: "quiet" }, t("first_time"));
  if (Math.abs(value) < 50) return h("span", { class: "quiet" }, "=");
  return h("span", { class: value > 0 ? "points up" : "points down" },
    (value > 0 ? "▲ " : "▼ ") + points(value, 0));
}

// The points since the previous run, and where the prospect stood in it.
function moved(i) {
  const rows = data.rows;
  const rank = rows.rank_before ? rows.rank_before[i] : null;
  const band = rows.band_before ? rows.band_before[i] : null;
  const other = band !== null && band !== rows.band[i];
  const was = rank === null || (rank === rows.rank[i] && !other) ? null
    : t(other ? "was_band" : "was_rank", { rank, band: other ? t("band_" + BANDS[band]) : "" });
  return [changed(rows.change[i]), was && h("span", { class: "quiet was" }, was)];
}

// "Up 12 points since 22 June: asked for a quote" without its beginning, which `moved` shows.
function why(i) {
  const text = data.rows.change_reason && told(data.rows.change_reason[i]);
  const parts = text && /^.*?:\s+(.+)$/su.exec(text);
  return parts && sentence("span", { class: "quiet why" }, name(parts[1]));
}

function heading(column) {
  const on = state.sort === column;
  const sort = on ? (state.down ? "descending" : "ascending") : "none";
  const sign = on ? (state.down ? " ▼" : " ▲") : "";
  return h("th", { role: "columnheader", scope: "col", "aria-sort": sort, class: "cell-" + column,
    "data-title": t(column) },
    button([t(column), h("span", { "aria-hidden": "true" }, sign)], () => order(column),
      { "data-sort": column, class: "sort" }));
}

// A first click orders best first; a second one turns it round.
function order(column) {
  const bestDown = ["probability", "value", "change"].includes(column);
  state.down = state.sort === column ? !state.down : bestDown;
  state.sort = column;
  state.page = 1;
  keep();
  showRows();
  find(`[data-sort="${column}"]`).focus();
}

function columnHead(title) {
  return h("th", { role: "columnheader", scope: "col" }, title);
}

function rowTable(caption, headings, rows) {
  return h("table", { role: "table", class: "people" },
    h("caption", { class: "hidden" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, headings)),
    h("tbody", { role: "rowgroup" }, rows));
}

function listTable(shown) {
  return rowTable(t("list_caption"), [columns().map(heading), columnHead(t("reasons"))],
    shown.map((i, place) => row(i, place === 0)));
}

function listCount(found) {
  return found.length === data.rows.id.length
    ? t("prospects", { count: found.length })
    : t("prospects_of", { count: found.length, all: data.rows.id.length });
}

function showRows() {
  const found = chosen();
  const pages = Math.max(1, Math.ceil(found.length / rowsOnPage));
  state.page = Math.min(Math.max(1, state.page), pages);
  const start = (state.page - 1) * rowsOnPage;
  const shown = found.slice(start, start + rowsOnPage);
  const list = state.view === "list";
  const text = list ? listCount(found) : alertCount(found);
  if (find("#count").textContent !== text) find("#count").textContent = text;
  find("#narrowed").textContent = narrowed();
  const body = !shown.length ? h("p", { class: "empty" }, t("nothing_found"))
    : list ? listTable(shown) : alertTable(shown);
  find("#rows").replaceChildren(body, pager(pages, start, shown.length, found.length));
  showChoices();
}

function pager(pages, start, shown, all) {
  if (pages < 2) return h("span", {});
  const turn = (by, id) => () => {
    state.page += by;
    keep();
    showRows();
    find(`#${state.view}-heading`).scrollIntoView();
    const next = document.getElementById(id);
    (next && !next.disabled ? next : find("a.open")).focus();
  };
  return h("nav", { class: "pager", "aria-label": t("pages") },
    button(t("previous"), turn(-1, "page-back"), { id: "page-back", disabled: state.page === 1 }),
    h("span", {}, t("rows_shown", { first: start + 1, last: start + shown, all })),
    button(t("next"), turn(1, "page-on"), { id: "page-on", disabled: state.page === pages }));
}

function filters() {
  const orders = columns().flatMap((column) => [[column, t(column) + " ▲"], ["-" + column, t(column) + " ▼"]]);
  return searchForm(
    chips(t("band"), "bands", BANDS.map((band) =>
      [band, band, h("span", {}, `${BAND_SIGNS[band]} ${t("band_" + band)}`)])),
    folded(t("more_filters"), whose(),
      h("label", { class: "field", for: "least" }, h("span", {}, t("least") + " ", h("span", { id: "least-said" })),
        h("input", { id: "least", type: "range", min: 0, max: 95, step: 5, value: state.min,
          oninput: (event) => refilter({ min: Number(event.target.value) }) })),
      h("div", { class: "phone-only" }, choice("sort-by", t("sort_by"), orders, (value) =>
        refilter({ sort: value.replace("-", ""), down: value.startsWith("-") }), state.sort)),
      clearButton()));
}

function tile(value, title, note) {
  return h("div", { class: "tile" }, h("dt", {}, title), h("dd", {}, value, note && h("small", {}, note)));
}

function tiles() {
  const rows = data.rows;
  const days = data.run.horizon_days;
  const won = rows.probability.reduce((sum, value) => sum + value, 0) / SCALE;
  const worth = rows.value ? rows.value.reduce((sum, value) => sum + (value || 0), 0) : 0;
  const hot = rows.band.filter((band) => band === 0).length;
  return h("dl", { class: "tiles" },
    tile(number(data.run.listed), t("open_prospects"),
      data.run.listed > rows.id.length ? t("best_shown", { count: rows.id.length }) : ""),
    tile(number(hot), t("of_them_hot")),
    tile(number(won, won < 10 ? 1 : 0), t("expected_won", { count: days })),
    worth > 0 && tile(number(worth), t("expected_value")),
    data.run.do_not_contact > 0 && tile(number(data.run.do_not_contact), t("left_out")));
}

function rowsPlace() {
  return [h("p", { id: "count", role: "status", "aria-live": "polite" }),
    h("p", { id: "narrowed", class: "quiet" }), h("div", { id: "rows" })];
}

function showList() {
  find("#list").replaceChildren(
    ...[h("h2", { id: "list-heading", tabindex: -1 }, t("list")),
      tiles(), happened(), filters(), rowsPlace()].flat().filter(Boolean));
  showRows();
}

// Arrows walk from row to row; Enter opens, as on any link.
function walk(event) {
  const link = event.target.closest("a.open");
  if (!link) return;
  const links = [...document.querySelectorAll("a.open")];
  const at = links.indexOf(link);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (target === undefined || !links[target]) return;
  event.preventDefault();
  link.tabIndex = -1;
  links[target].tabIndex = 0;
  links[target].focus();
}
