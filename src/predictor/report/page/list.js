// The list: search, filters, order, and pages of rows.
const PAGE_ROWS = 50;
const PRINTED_ROWS = 100;
const BANDS = ["hot", "warm", "cold"];
const BAND_SIGNS = { hot: "●", warm: "◐", cold: "○" };

const state = { view: "list", q: "", bands: [], owner: "", territory: "", min: 0, sort: "rank",
  down: false, page: 1, id: "" };
let haystacks = null;
let rowsOnPage = PAGE_ROWS;

// What the columns are sorted by; a missing value comes last either way.
const SORTS = {
  rank: (i) => data.rows.rank[i],
  prospect: (i) => plain(data.rows.id[i]),
  band: (i) => data.rows.band[i],
  probability: (i) => data.rows.probability[i],
  closes: (i) => data.rows.median[i],
  value: (i) => data.rows.value[i],
  change: (i) => data.rows.change[i],
};

function columns() {
  return ["rank", "prospect", "band", "probability", "closes",
    data.rows.value && "value", data.rows.change && "change"].filter(Boolean);
}

function haystack(i) {
  const rows = data.rows;
  const texts = [rows.id[i], told(rows.account[i]), told(rows.owner[i]),
    ...rows.reasons.map((column) => told(column[i]))];
  if (rows.territory) texts.push(told(rows.territory[i]));
  return plain(texts.filter(Boolean).join("\n"));
}

function chosen() {
  const rows = data.rows;
  haystacks = haystacks || rows.id.map((_, i) => haystack(i));
  const words = plain(state.q).split(/\s+/).filter(Boolean);
  const found = [];
  for (let i = 0; i < rows.id.length; i += 1) {
    if (state.bands.length && !state.bands.includes(BANDS[rows.band[i]])) continue;
    if (state.owner && told(rows.owner[i]) !== state.owner) continue;
    if (state.territory && told(rows.territory[i]) !== state.territory) continue;
    if (rows.probability[i] < state.min * (SCALE / 100)) continue;
    if (words.every((word) => haystacks[i].includes(word))) found.push(i);
  }
  const key = SORTS[state.sort] || SORTS.rank;
  const sign = state.down ? -1 : 1;
  return found.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === y) return a - b;
    if (x === null) return 1;
    if (y === null) return -1;
    return sign * (x < y ? -1 : 1);
  });
}

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

function row(i, first) {
  const rows = data.rows;
  const about = [told(rows.account[i]), told(rows.owner[i])].filter(Boolean);
  const link = h("a", {
    href: "#" + written({ ...state, id: rows.id[i] }), class: "open", "data-row": i,
    tabindex: first ? 0 : -1,
  }, name(rows.id[i]));
  const value = rows.value && cell("value", t("value"), rows.value[i] === null ? "–" : number(rows.value[i]));
  const change = rows.change && cell("change", t("change"), changed(rows.change[i]));
  return h("tr", { role: "row", class: rows.id[i] === state.id ? "current" : null },
    cell("rank", t("rank"), number(rows.rank[i])),
    cell("prospect", t("prospect"), link,
      h("span", { class: "quiet" }, about.map((text, place) => [place ? " · " : "", name(text)]))),
    cell("band", t("band"), badge(i)),
    cell("probability", t("probability"), meter(i)),
    cell("closes", t("closes"), dayRange(rows.low_days[i], rows.high_days[i]) || "–"),
    value, change,
    cell("reasons", t("reasons"), reasons(i), followUp(i)));
}

function changed(value) {
  if (value === null) return h("span", { class: "quiet" }, t("first_time"));
  if (Math.abs(value) < 50) return h("span", { class: "quiet" }, "=");
  return h("span", { class: value > 0 ? "points up" : "points down" },
    (value > 0 ? "▲ " : "▼ ") + points(value, 0));
}

function heading(column) {
  const on = state.sort === column;
  const sort = on ? (state.down ? "descending" : "ascending") : "none";
  const sign = on ? (state.down ? " ▼" : " ▲") : "";
  return h("th", { role: "columnheader", scope: "col", "aria-sort": sort, class: "cell-" + column },
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

function showRows() {
  const found = chosen();
  const pages = Math.max(1, Math.ceil(found.length / rowsOnPage));
  state.page = Math.min(Math.max(1, state.page), pages);
  const start = (state.page - 1) * rowsOnPage;
  const shown = found.slice(start, start + rowsOnPage);
  find("#count").textContent = found.length === data.rows.id.length
    ? t("prospects", { count: found.length })
    : t("prospects_of", { count: found.length, all: data.rows.id.length });
  const body = shown.length
    ? h("table", { role: "table", id: "list-table" },
        h("caption", { class: "hidden" }, t("list_caption")),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns().map(heading),
          h("th", { role: "columnheader", scope: "col" }, t("reasons")))),
        h("tbody", { role: "rowgroup" }, shown.map((i, place) => row(i, place === 0))))
    : h("p", { class: "empty" }, t("nothing_found"));
  find("#rows").replaceChildren(body, pager(pages, start, shown.length, found.length));
  document.querySelectorAll("[data-band]").forEach((chip) =>
    chip.setAttribute("aria-pressed", String(state.bands.includes(chip.dataset.band))));
  for (const [id, key] of [["search", "q"], ["owner", "owner"], ["territory", "territory"],
    ["least", "min"]]) {
    const control = document.getElementById(id);
    if (control && control.value !== String(state[key])) control.value = state[key];
  }
  find("#least-said").textContent = percent(state.min / 100);
  find("#sort-by").value = (state.down ? "-" : "") + state.sort;
}

function pager(pages, start, shown, all) {
  if (pages < 2) return h("span", {});
  const turn = (by, id) => () => {
    state.page += by;
    keep();
    showRows();
    find("#list-heading").scrollIntoView();
    const next = document.getElementById(id);
    (next && !next.disabled ? next : find("a.open")).focus();
  };
  return h("nav", { class: "pager", "aria-label": t("pages") },
    button(t("previous"), turn(-1, "page-back"), { id: "page-back", disabled: state.page === 1 }),
    h("span", {}, t("rows_shown", { first: start + 1, last: start + shown, all })),
    button(t("next"), turn(1, "page-on"), { id: "page-on", disabled: state.page === pages }));
}

function refilter(changes) {
  Object.assign(state, changes, { page: 1 });
  keep();
  showRows();
}

function choice(id, title, values, action, value) {
  return h("label", { class: "field" }, h("span", {}, title),
    h("select", { id, onchange: (event) => action(event.target.value) },
      values.map(([key, text]) => h("option", { value: key, selected: key === value }, text))));
}

function people(column) {
  const names = [...new Set(column.filter((index) => index >= 0).map(told))];
  return names.sort((a, b) => a.localeCompare(b, language)).map((each) => [each, each]);
}

function filters() {
  const rows = data.rows;
  const owners = people(rows.owner);
  const territories = rows.territory ? people(rows.territory) : [];
  const orders = columns().flatMap((column) => [[column, t(column) + " ▲"], ["-" + column, t(column) + " ▼"]]);
  return h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    h("label", { class: "field wide-field" }, h("span", {}, t("search")),
      h("input", { id: "search", type: "search", value: state.q, autocomplete: "off", spellcheck: "false",
        placeholder: t("search_hint"), oninput: (event) => refilter({ q: event.target.value }) })),
    h("fieldset", { class: "field bands" }, h("legend", {}, t("band")),
      h("div", { class: "chips" }, BANDS.map((band) =>
        button(h("span", {}, `${BAND_SIGNS[band]} ${t("band_" + band)}`), () => refilter({
          bands: state.bands.includes(band)
            ? state.bands.filter((other) => other !== band) : [...state.bands, band],
        }), { class: "chip " + band, "data-band": band, "aria-pressed": "false" })))),
    folded(t("more_filters"),
      owners.length > 0 && choice("owner", t("owner"), [["", t("everybody")], ...owners],
        (value) => refilter({ owner: value }), state.owner),
      territories.length > 0 && choice("territory", t("territory"), [["", t("everywhere")], ...territories],
        (value) => refilter({ territory: value }), state.territory),
      h("label", { class: "field", for: "least" }, h("span", {}, t("least") + " ", h("span", { id: "least-said" })),
        h("input", { id: "least", type: "range", min: 0, max: 95, step: 5, value: state.min,
          oninput: (event) => refilter({ min: Number(event.target.value) }) })),
      h("div", { class: "phone-only" }, choice("sort-by", t("sort_by"), orders, (value) =>
        refilter({ sort: value.replace("-", ""), down: value.startsWith("-") }), state.sort)),
      button(t("clear"), () => refilter({ q: "", bands: [], owner: "", territory: "", min: 0 }),
        { class: "plain" })));
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

function showList() {
  find("#list").replaceChildren(
    h("h2", { id: "list-heading", tabindex: -1 }, t("list")),
    tiles(), filters(),
    h("p", { id: "count", role: "status", "aria-live": "polite" }),
    h("div", { id: "rows" }));
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
