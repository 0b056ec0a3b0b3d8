// What is shown: search, filters and order, over the list or over the alerts.
const PAGE_ROWS = 50;
const PRINTED_ROWS = 100;
const BANDS = ["hot", "warm", "cold"];
const VIEWS = ["list", "alerts", "model"];

const state = { view: "list", q: "", bands: [], kinds: [], owner: "", territory: "", min: 0,
  sort: "rank", down: false, page: 1, id: "" };
const UNFILTERED = { q: "", bands: [], kinds: [], owner: "", territory: "", min: 0 };
let haystacks = null;
let alerts = null;
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

// Alerts by the place of their prospect, both in the order of the run: the most important first.
function allAlerts() {
  if (alerts) return alerts;
  alerts = new Map();
  for (const [i, kind, text, before, now] of data.since ? data.since.alerts : []) {
    if (!alerts.has(i)) alerts.set(i, []);
    alerts.get(i).push({ kind: data.since.kinds[kind], text: told(text), before: told(before), now: told(now) });
  }
  return alerts;
}

function wanted(alert) {
  return !state.kinds.length || state.kinds.includes(alert.kind.name);
}

function haystack(i) {
  const rows = data.rows;
  const texts = [rows.id[i], told(rows.account[i]), told(rows.owner[i]),
    ...rows.reasons.map((column) => told(column[i]))];
  if (rows.territory) texts.push(told(rows.territory[i]));
  return plain(texts.filter(Boolean).join("\n"));
}

function fits(i, words, more) {
  const rows = data.rows;
  if (state.owner && told(rows.owner[i]) !== state.owner) return false;
  if (state.territory && told(rows.territory[i]) !== state.territory) return false;
  const text = more ? haystacks[i] + "\n" + plain(more) : haystacks[i];
  return words.every((word) => text.includes(word));
}

// The prospects that are shown, by their places in the list and in the order wanted.
function chosen() {
  haystacks = haystacks || data.rows.id.map((_, i) => haystack(i));
  const words = plain(state.q).split(/\s+/).filter(Boolean);
  return state.view === "alerts" ? chosenAlerts(words) : chosenProspects(words);
}

function chosenAlerts(words) {
  return [...allAlerts()].filter(([i, all]) => all.some(wanted) &&
    fits(i, words, all.map((alert) => alert.text || "").join("\n"))).map(([i]) => i);
}

function chosenProspects(words) {
  const rows = data.rows;
  const found = [];
  for (let i = 0; i < rows.id.length; i += 1) {
    if (state.bands.length && !state.bands.includes(BANDS[rows.band[i]])) continue;
    if (rows.probability[i] < state.min * (SCALE / 100)) continue;
    if (fits(i, words)) found.push(i);
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

function toggled(values, value) {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
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

function searchField() {
  return h("label", { class: "field wide-field" }, h("span", {}, t("search")),
    h("input", { id: "search", type: "search", value: state.q, autocomplete: "off", spellcheck: "false",
      placeholder: t("search_hint"), oninput: (event) => refilter({ q: event.target.value }) }));
}

// Whose prospects: shared by the list and the alerts.
function whose() {
  const owners = people(data.rows.owner);
  const territories = data.rows.territory ? people(data.rows.territory) : [];
  return [
    owners.length > 0 && choice("owner", t("owner"), [["", t("everybody")], ...owners],
      (value) => refilter({ owner: value }), state.owner),
    territories.length > 0 && choice("territory", t("territory"), [["", t("everywhere")], ...territories],
      (value) => refilter({ territory: value }), state.territory),
  ];
}

function chips(title, key, entries) {
  return h("fieldset", { class: "field bands" }, h("legend", {}, title),
    h("div", { class: "chips" }, entries.map(([value, kind, content]) =>
      button(content, () => refilter({ [key]: toggled(state[key], value) }),
        { class: "chip " + kind, "data-chip": key, "data-value": value, "aria-pressed": "false" }))));
}

// What the list is narrowed down to, for paper, where the controls are left out.
function narrowed() {
  const kinds = data.since ? data.since.kinds.filter((kind) => state.kinds.includes(kind.name)) : [];
  const list = state.view === "list";
  return [state.q && `${t("search")}${t("colon")}${state.q}`, state.owner, state.territory,
    ...(list ? state.bands.map((band) => t("band_" + band)) : kinds.map(both)),
    list && state.min > 0 && `${t("least")} ${percent(state.min / 100)}`].filter(Boolean).join(" · ");
}

function clearButton() {
  return button(t("clear"), () => refilter(UNFILTERED), { class: "plain" });
}

function searchForm(...controls) {
  return h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    searchField(), controls);
}

// The controls say what is chosen, also after the address or another view has changed it.
function showChoices() {
  document.querySelectorAll("[data-chip]").forEach((chip) =>
    chip.setAttribute("aria-pressed", String(state[chip.dataset.chip].includes(chip.dataset.value))));
  for (const [id, key] of [["search", "q"], ["owner", "owner"], ["territory", "territory"], ["least", "min"]]) {
    const control = document.getElementById(id);
    if (control && control.value !== String(state[key])) control.value = state[key];
  }
  if (state.view !== "list") return;
  find("#least-said").textContent = percent(state.min / 100);
  find("#sort-by").value = (state.down ? "-" : "") + state.sort;
}
