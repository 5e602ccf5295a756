(() => {
"use strict";
// The drawer of articles: looking through them, asking only some, adding and removing files.

const STEP = 400;  // ms between two looks at work under way
const PATIENCE = 250;  // ms after the last key before the list follows
const drawer = () => document.getElementById("articles");
const part = selector => drawer()?.querySelector(selector);
const within = (event, selector) => event.target.closest?.("#articles")
  ? event.target.closest(selector) : null;
const put = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const sent = (method, body) => ({
  method, headers: {"Content-Type": "application/json"}, body: JSON.stringify(body ?? {}),
});

// --- looking through

let asked = 0;  // the newest question for a list; older answers are dropped
let timer = 0;

function wanted() {
  const form = part("form.find");
  return Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, String(v).trim()]));
}

function blank() {
  const {q, since, until, source} = wanted();
  return !(q || since || until || source);
}

function wrong(words, field) {
  for (const input of drawer().querySelectorAll("form.find input")) {
    input.removeAttribute("aria-invalid");
  }
  if (field) part(`[name=${field}]`).setAttribute("aria-invalid", "true");
  part(".wrong").textContent = words;
}

function dated(text) {
  const found = /^([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?$/.exec(text);
  return !text || Boolean(found);
}

// Whether the dates can be meant; says in place what is wrong with them.
function usable() {
  const {since, until} = wanted();
  for (const [field, value] of [["since", since], ["until", until]]) {
    if (!dated(value)) {
      wrong(put(drawer().dataset.wrongDate, {value}), field);
      return false;
    }
  }
  if (since && until && since.padEnd(10, "-00") > until.padEnd(10, "-99")) {
    wrong(drawer().dataset.wrongOrder, "until");
    return false;
  }
  wrong("");
  return true;
}

function address(after) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted())) if (value) words.set(name, value);
  if (after) words.set("after", after);
  return `/yz/articles?${words}`;
}

async function list() {
  clearTimeout(timer);
  if (!drawer() || !usable()) return;
  const mine = ++asked, found = part(".found");
  found.setAttribute("aria-busy", "true");
  try {
    const html = await yz.html(address());
    if (mine === asked) {
      yz.fill(found, html);
      // Where there is nothing yet, the first thing to do is to add something.
      if (part(".sending") && !part(".found .holding") && blank()) part(".sending").open = true;
      part(".told").textContent = part(".found .count")?.textContent ?? "";
    }
  } catch (error) {
    if (mine === asked) wrong(error.message);
  }
  if (mine === asked) found.setAttribute("aria-busy", "false");
}

async function more(button) {
  const mine = asked, holder = document.createElement("div");
  button.disabled = true;
  try {
    yz.fill(holder, await yz.html(address(button.dataset.after)));
  } catch (error) {
    button.disabled = false;
    wrong(error.message);
    return;
  }
  if (mine !== asked) return;
  const first = holder.querySelector("button.open");
  button.replaceWith(...holder.childNodes);
  first?.focus();
}

async function facets() {
  const months = part(".facets details")?.open;
  try {
    yz.fill(part(".facets"), await yz.html("/yz/articles/facets"));
  } catch (error) {
    wrong(error.message);
    return;
  }
  const details = part(".facets details");
  if (details && months) details.open = true;
}

// --- asking only some

// What the questions are limited to stands in the form.
function follow() {
  const {since, until, sources} = yz.filters();
  const form = part("form.find");
  if (!form) return;
  form.since.value = since ?? "";
  form.until.value = until ?? "";
  form.source.value = sources?.[0] ?? "";
}

function these() {
  if (!usable()) return;
  const {q, since, until, source} = wanted();
  let articles = yz.filters().articles ?? [];
  if (q) {
    const total = Number(part(".found .count")?.dataset.total ?? 0), most = Number(drawer().dataset.most);
    if (!total || total > most) {
      const words = total ? put(drawer().dataset.tooMany, {count: total, most}) : "";
      wrong(words || part(".found .count")?.textContent || "");
      return;
    }
    const rows = [...drawer().querySelectorAll(".holding")];
    articles = rows.map(row => ({id: row.dataset.article, title: row.dataset.title}));
  }
  yz.setFilters({since, until, sources: source ? [source] : [], articles});
  yz.say(drawer().dataset.limited);
  drawer().close();
}

function only(row) {
  const filters = yz.filters(), {article: id, title} = row.dataset;
  const others = (filters.articles ?? []).filter(one => one.id !== id);
  yz.setFilters({...filters, articles: [...others, {id, title}]});
  yz.say(put(drawer().dataset.onlyAdded, {title}));
}

// --- removing

function element(tag, words, name) {
  const made = document.createElement(tag);
  if (tag === "button") made.type = "button";
  if (name) made.className = name;
  made.textContent = words;
  return made;
}

function ask(row, words, yes, forGood) {
  row.querySelector(".confirm")?.remove();
  const {stays, keep} = drawer().dataset, box = element("div", "", "confirm");
  box.setAttribute("role", "group");
  const tools = element("p", "", "row");
  const go = element("button", yes, "button yes");
  if (forGood) go.dataset.forGood = "1";
  tools.append(go, element("button", keep, "button quiet no"));
  box.append(element("p", words), ...(forGood ? [] : [element("p", stays, "facts")]), tools);
  row.append(box);
  go.focus();
}

async function remove(row, forGood) {
  const confirm = row.querySelector(".confirm"), {dataset} = drawer();
  for (const button of confirm.querySelectorAll("button")) button.disabled = true;
  confirm.setAttribute("aria-busy", "true");
  confirm.firstChild.textContent = dataset.removing;
  try {
    const body = {article: row.dataset.article, for_good: Boolean(forGood)};
    const told = await yz.json("/yz/articles/remove", sent("POST", body));
    if (!told.removed) return ask(row, told.words, dataset.forGood, true);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const key = next?.dataset.article, top = part(".drawer-body").scrollTop;
    await changed();
    part(".drawer-body").scrollTop = top;
    (key && [...drawer().querySelectorAll(".holding")].find(one => one.dataset.article === key)
      ?.querySelector("button.open") || part("[name=q]")).focus();
    yz.say(told.words, told.undo ? {action: dataset.undo, run: () => undo(told.undo)} : undefined);
  } catch (error) {
    confirm.remove();
    row.querySelector("button.remove")?.focus();
    wrong(error.message);
    yz.say(error.message);
  }
}

async function undo(key) {
  try {
    show(await yz.json("/yz/articles/undo", sent("POST", {key})));
  } catch (error) {
    report(error.message);
    yz.say(error.message);
  }
}

// After anything changed: the list, what it can be narrowed by, what was removed, the page's head.
async function changed() {
  yz.refresh();
  await Promise.all([list(), facets(), removed()]);
}

async function removed() {
  const place = part(".removed");
  if (!place) return;
  const open = place.querySelector("details")?.open;
  try {
    yz.fill(place, await yz.html("/yz/articles/removed"));
  } catch {
    return;  // the list itself tells that the server cannot be reached
  }
  const details = place.querySelector("details");
  if (details && open) details.open = true;
}

// --- work under way

let watched = 0;  // the number of the job that this page waits for
let polling = 0;

function report(words) {
  const place = part(".report");
  if (place) place.textContent = words;
}

function show(job) {
  if (job.state === "running") watched = job.number;
  drawn(job);
}

function drawn(job) {
  const work = part(".work");
  if (!work) return;
  const running = job.state === "running";
  work.hidden = !running;
  part(".waiting").hidden = !job.waiting || sending;
  part(".waiting p").textContent = job.waiting ?? "";
  if (running) {
    if (work.querySelector(".stage").textContent !== job.words) {
      work.querySelector(".stage").textContent = job.words;
    }
    work.querySelector("progress").value = job.share;
    work.querySelector("progress").setAttribute("aria-valuetext", job.words);
    const cancel = work.querySelector(".cancel");
    cancel.hidden = !job.stoppable;
    cancel.disabled = !job.stoppable;
    clearTimeout(polling);
    polling = setTimeout(look, STEP);
  } else if (watched && job.number === watched) {
    watched = 0;
    yz.fill(part(".report"), job.html ?? "");
    if (!drawer().open) yz.say(part(".report p")?.textContent ?? "");
    changed();
  }
}

async function look() {
  clearTimeout(polling);
  if (!part(".work")) return;
  try {
    show(await yz.json("/yz/articles/job"));
  } catch (error) {
    if (watched) polling = setTimeout(look, 5 * STEP);
    report(error.message);
  }
}

async function begin(names) {
  report("");
  try {
    show(await yz.json("/yz/articles/add", sent("POST", names ? {names} : {})));
  } catch (error) {
    report(error.message);
    look();
  }
}

async function order(path) {
  try {
    const told = await yz.json(path, sent("POST"));
    if (told.words && told.state === undefined) report(told.words);
  } catch (error) {
    report(error.message);
  }
  look();
}

// --- sending files

let sending = false;
let current = null;  // the request under way, to be given up
let given = false;  // whether the reader gave up

function putFile(name, file, moved) {
  return new Promise((done, failed) => {
    const request = current = new XMLHttpRequest();
    request.open("PUT", `/yz/articles/upload?name=${encodeURIComponent(name)}`);
    request.responseType = "json";
    request.upload.onprogress = event => moved(event.loaded);
    request.onload = () => request.status < 300 && request.response
      ? done(request.response)
      : failed(new Error(request.response?.error ?? put(drawer().dataset.unsent, {name})));
    request.onerror = () => failed(new Error(put(drawer().dataset.unsent, {name})));
    request.onabort = () => failed(new DOMException("", "AbortError"));
    request.send(file);
  });
}

async function send(files) {
  if (sending || !files.length || !part(".work")) return;
  const {dataset} = drawer(), kinds = dataset.kinds.split(" ");
  const fit = files.filter(({name}) => kinds.some(kind => name.toLowerCase().endsWith(kind))
    && !/(^|\/)\./.test(name));
  const notes = [];
  if (files.length > fit.length) {
    notes.push(put(dataset.otherKinds, {count: files.length - fit.length}));
  }
  sending = true;
  given = false;
  const names = await sendAll(fit, notes);
  sending = false;
  current = null;
  part(".work").hidden = true;
  if (given) {
    report("");
    if (names.length) return look();
    return;
  }
  if (names.length) await begin(names);
  else look();
  noted(notes);
}

async function sendAll(files, notes) {
  const total = files.reduce((sum, {file}) => sum + file.size, 0) || 1, names = [];
  let before = 0;
  report("");
  for (const [at, {name, file}] of files.entries()) {
    const words = put(drawer().dataset.uploading, {name, number: at + 1, count: files.length});
    sendingNow(words, before / total);
    try {
      const told = await putFile(name, file, done => sendingNow(words, (before + done) / total));
      if (told.outcome !== "same") names.push(told.name);
      if (told.words) notes.push(told.words);
    } catch (error) {
      if (given) break;
      notes.push(error.message);
    }
    before += file.size;
  }
  return names;
}

function sendingNow(words, share) {
  const work = part(".work");
  if (!work) return;
  work.hidden = false;
  part(".waiting").hidden = true;
  if (work.querySelector(".stage").textContent !== words) {
    work.querySelector(".stage").textContent = words;
  }
  work.querySelector("progress").value = Math.min(share, 1);
  work.querySelector("progress").setAttribute("aria-valuetext", words);
  work.querySelector(".cancel").hidden = work.querySelector(".cancel").disabled = false;
}

// What is to be told of single files stands above the report of the work.
function noted(notes) {
  if (!notes.length || !part(".report")) return;
  part(".notes")?.remove();
  const rows = element("ul", "", "list notes");
  rows.append(...notes.slice(0, 50).map(words => element("li", words)));
  part(".report").before(rows);
}

function cancel(button) {
  button.disabled = true;
  if (sending) {
    given = true;
    current?.abort();
    return;
  }
  part(".work .stage").textContent = drawer().dataset.stopping;
  order("/yz/articles/cancel");
}

// Files and folders that were dropped: the folders above a file are part of its name.
async function dropped(transfer) {
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map(file => ({name: file.name, file}));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
    if (file) found.push({name: entry.fullPath.replace(/^\//, ""), file});
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed))
      .catch(() => []);
    if (!some.length) return;
    for (const inner of some) await walk(inner, found);
  }
}

const open = () => drawer()?.open && part(".adding");

// --- events

document.addEventListener("yz:open", event => {
  if (event.target.id !== "articles") return;
  follow();
  list();
  facets();
  removed();
  look();
}, true);

document.addEventListener("yz:filters", () => {
  if (!drawer()) return;
  follow();
  if (drawer().open) list();
});

document.addEventListener("input", event => {
  if (!within(event, "form.find")) return;
  clearTimeout(timer);
  timer = setTimeout(list, PATIENCE);
});

document.addEventListener("submit", event => {
  if (!within(event, "form.find")) return;
  event.preventDefault();
  list();
});

document.addEventListener("change", event => {
  const input = within(event, "input[type=file]");
  if (!input) return;
  const files = [...input.files].map(file => ({name: file.webkitRelativePath || file.name, file}));
  input.value = "";
  send(files);
});

const clicks = {
  "button.more": more,
  "button.these": these,
  "button.reset": () => { part("form.find").reset(); wrong(""); list(); },
  "button.span": button => {
    const form = part("form.find");
    form.since.value = form.until.value = button.dataset.span;
    list();
  },
  "button.open": button => {
    const row = button.closest(".holding");
    drawer().close();
    yz.read({article: row.dataset.article, origin: document.querySelector('[data-opens="articles"]')});
  },
  "button.only": button => only(button.closest(".holding")),
  "button.remove": button => {
    ask(button.closest(".holding"), button.dataset.asked, drawer().dataset.remove, false);
  },
  "button.yes": button => remove(button.closest(".holding"), button.dataset.forGood),
  "button.no": button => {
    const row = button.closest(".holding");
    button.closest(".confirm").remove();
    row.querySelector("button.remove").focus();
  },
  "button.undo": button => undo(button.dataset.undo),
  "button.choose": () => part("input.files").click(),
  "button.choose-folder": () => part("input.folder").click(),
  "button.add": () => begin(),
  "button.discard": () => order("/yz/articles/discard"),
  "button.cancel": cancel,
};

document.addEventListener("click", event => {
  if (!event.target.closest?.("#articles")) return;
  for (const [selector, run] of Object.entries(clicks)) {
    const button = event.target.closest(selector);
    if (button) return run(button);
  }
});

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, event => {
    if (!open() || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = sending ? "none" : "copy";
    part(".adding").classList.add("dropping");
    part(".sending").open = true;
  });
}

document.addEventListener("dragleave", event => {
  if (event.relatedTarget === null) part(".adding")?.classList.remove("dropping");
});

document.addEventListener("drop", async event => {
  if (!open() || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  part(".adding").classList.remove("dropping");
  send(await dropped(event.dataTransfer));
});

window.addEventListener("beforeunload", event => {
  if (sending) event.preventDefault();  // what is half sent would be lost
});
})();
