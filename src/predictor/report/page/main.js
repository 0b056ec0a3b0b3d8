// The page: its address holds what is shown, so that it can be kept, sent, and gone back to.
function written(wanted) {
  const parts = new URLSearchParams();
  if (wanted.view !== "list") parts.set("view", wanted.view);
  if (wanted.q) parts.set("q", wanted.q);
  if (wanted.bands.length) parts.set("bands", wanted.bands.join(","));
  if (wanted.kinds.length) parts.set("kinds", wanted.kinds.join(","));
  if (wanted.owner) parts.set("owner", wanted.owner);
  if (wanted.territory) parts.set("territory", wanted.territory);
  if (wanted.min) parts.set("min", wanted.min);
  if (wanted.sort !== "rank" || wanted.down) parts.set("sort", (wanted.down ? "-" : "") + wanted.sort);
  if (wanted.page > 1) parts.set("page", wanted.page);
  if (wanted.id !== "") parts.set("id", wanted.id);
  if (language !== data.run.language) parts.set("lang", language);
  return parts.toString();
}

// Whatever the address says, the state is one that the page knows.
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const sort = (parts.get("sort") || "rank").replace("-", "");
  const views = VIEWS.filter((view) => view !== "alerts" || data.since);
  const kinds = data.since ? data.since.kinds.map((kind) => kind.name) : [];
  state.view = views.includes(parts.get("view")) ? parts.get("view") : "list";
  state.q = parts.get("q") || "";
  state.bands = (parts.get("bands") || "").split(",").filter((band) => BANDS.includes(band));
  state.kinds = (parts.get("kinds") || "").split(",").filter((kind) => kinds.includes(kind));
  state.owner = parts.get("owner") || "";
  state.territory = data.rows.territory ? parts.get("territory") || "" : "";
  state.min = Math.min(95, Math.max(0, Number(parts.get("min")) || 0));
  state.sort = columns().includes(sort) ? sort : "rank";
  state.down = (parts.get("sort") || "").startsWith("-");
  state.page = Math.max(1, Math.floor(Number(parts.get("page"))) || 1);
  state.id = parts.get("id") || "";
  language = ["en", "fr"].includes(parts.get("lang")) ? parts.get("lang") : data.run.language;
}

function keep() {
  history.replaceState(null, "", "#" + written(state));
}

function title() {
  const shown = (state.view !== "model" && state.id) || t(state.view);
  document.title = `${shown} – ${data.run.name}, ${dated(asOf())}`;
}

function go(view) {
  Object.assign(state, { view, id: "", page: 1 });
  history.pushState(null, "", "#" + written(state));
  showAll();
  find(`#${view}-heading`).focus();
}

function header() {
  const tab = (view, text) => h("a", {
    href: "#" + written({ ...state, view, id: "", page: 1 }), "aria-current": state.view === view ? "page" : null,
    onclick: (event) => {
      event.preventDefault();
      go(view);
    },
  }, text);
  const other = language === "fr" ? "en" : "fr";
  find("header").replaceChildren(
    h("div", { class: "brand" },
      h("h1", {}, name(data.run.name)),
      h("p", {}, t("as_of", { day: dated(asOf()) }))),
    h("nav", { "aria-label": t("views") }, tab("list", t("list")),
      data.since && tab("alerts", t("alerts")), tab("model", t("model"))),
    h("div", { class: "tools" },
      button(data.words[other].language, () => {
        language = other;
        keep();
        showAll();
        find("#language").focus();
      }, { id: "language", lang: other, class: "plain" }),
      button(t("print"), () => window.print(), { class: "plain" })));
}

function showAll() {
  document.documentElement.lang = language;
  find(".skip").textContent = t("skip");
  header();
  document.body.classList.toggle("has-open", false);
  find("#prospect").hidden = true;
  for (const view of VIEWS) {
    find("#" + view).hidden = view !== state.view;
    if (view !== state.view) find("#" + view).replaceChildren();
  }
  ({ list: showList, alerts: showAlerts, model: showModel })[state.view]();
  if (state.view !== "model") showProspect();
  find("footer").textContent = t("footer", {
    version: data.run.model_version, software: data.run.software });
  title();
}

function print(rows, paper) {
  rowsOnPage = rows;
  if (find("#rows") && !document.body.classList.contains("has-open")) showRows();
  document.querySelectorAll(".chart").forEach((box) =>
    box.dispatchEvent(new CustomEvent("paper", { detail: paper })));
}

function listen() {
  addEventListener("popstate", () => {
    readAddress();
    showAll();
  });
  addEventListener("beforeprint", () => print(PRINTED_ROWS, true));
  addEventListener("afterprint", () => print(PAGE_ROWS, false));
  find("main").addEventListener("keydown", walk);
  find("main").addEventListener("click", (event) => {
    const link = event.target.closest("a.open") ||
      (event.target.closest(".people tbody tr") && find("a.open", event.target.closest("tr")));
    const asked = event.ctrlKey || event.metaKey || event.shiftKey || String(getSelection());
    if (!link || asked) return;
    event.preventDefault();
    open(data.rows.id[Number(link.dataset.row)]);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.id !== "" && state.view !== "model") open("");
  });
  find(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    find("main").focus();
  });
}

async function start() {
  try {
    data = await read(find("#data"));
  } catch (error) {
    find("#loading").textContent = find("#loading").dataset.failed;
    throw error;
  }
  find("#loading").remove();
  readAddress();
  listen();
  showAll();
}

start();
