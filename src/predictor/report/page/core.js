// Words, numbers, dates, and elements. What comes from the CRM enters the page as text nodes only.
const SVG = "http://www.w3.org/2000/svg";
const SCALE = 10000; // probabilities are whole ten-thousandths
const DAY_MS = 86400000;

let data = null; // what the page shows; see the Python module page_data
let language = "en";

function find(selector, root) {
  return (root || document).querySelector(selector);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A word of the interface: {name} is replaced, and a count chooses between NAME_one and NAME.
function t(key, values) {
  const words = data.words[language];
  let text = words[key];
  if (values && values.count !== undefined) {
    const rule = new Intl.PluralRules(language).select(values.count);
    if (rule === "one" && words[key + "_one"] !== undefined) text = words[key + "_one"];
  }
  if (text === undefined) throw new Error("no word " + key);
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values ? values[name] : undefined;
    if (value === undefined) return all;
    return typeof value === "number" ? number(value) : value;
  });
}

function both(text) {
  return text[language] || text.en;
}

// A text of the run; null where there is none.
function told(index) {
  return index === null || index === undefined || index < 0 ? null : data.texts[index];
}

// Sentences are in the run's language, whichever language the interface is in.
function sentence(tag, attributes, ...children) {
  const own = data.run.language;
  return h(tag, { ...attributes, lang: own === language ? null : own }, ...children);
}

// Names and answers keep their own direction of writing, and leave that of the page alone.
function name(text) {
  return h("bdi", {}, text);
}

const formats = new Map();

function format(options) {
  const key = language + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language, options));
  return formats.get(key);
}

function number(value, digits) {
  const places = digits === undefined ? 0 : digits;
  return format({ minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
}

function percent(probability, digits) {
  const places = digits === undefined ? 0 : digits;
  return format({
    style: "percent",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  }).format(probability);
}

// Ten-thousandths as signed points: 1234 is +12.3.
function points(value, digits) {
  const places = digits === undefined ? 1 : digits;
  return format({
    signDisplay: "exceptZero",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  }).format(value / 100);
}

function asOf() {
  return Date.parse(data.run.as_of.replace(/(\d)$/, "$1Z"));
}

function day(offsetDays) {
  return dated(asOf() + offsetDays * DAY_MS);
}

function dated(instant) {
  const ms = typeof instant === "string" ? Date.parse(instant.slice(0, 10)) : instant;
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  const text = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options).format(ms);
  return language === "fr" ? text.replace(/^1 /, "1er ") : text;
}

// Tenths of days as a range of whole days.
function dayRange(low, high) {
  if (low === null || high === null) return "";
  const first = Math.round(low / 10);
  const last = Math.round(high / 10);
  return first === last ? t("days", { count: last }) : t("day_range", { count: last, first, last });
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
}

// On a phone the filters fold away below the search; elsewhere they are always there.
function folded(summary, ...children) {
  return h("details", { class: "fold", open: matchMedia("(min-width: 48rem)").matches },
    h("summary", {}, summary), h("div", { class: "filters" }, children));
}

function button(label, action, attributes) {
  return h("button", { type: "button", onclick: action, ...attributes }, label);
}

function section(id, title, ...children) {
  return h("section", { "aria-labelledby": id, id: id + "-card", class: "card" }, h("h3", { id }, title), children);
}

function table(caption, header, rows, numeric) {
  const right = (place) => (numeric && numeric.includes(place) ? "number" : null);
  const cells = (tag, row) =>
    row.map((cell, place) =>
      h(tag === "th" || place ? tag : "th",
        { class: right(place), scope: tag === "th" ? "col" : place ? null : "row" }, cell));
  return h("div", { class: "wide", tabindex: 0, role: "group", "aria-label": caption },
    h("table", { class: "figures" },
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, cells("th", header))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells("td", row))))));
}

function figures(caption, header, rows, numeric) {
  return h("details", {},
    h("summary", {}, t("show_figures")), table(caption, header, rows, numeric));
}

async function read(node) {
  const bytes = Uint8Array.from(atob(node.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
