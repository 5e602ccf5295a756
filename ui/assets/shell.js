// The page around the talk: header, drawers, notices, limits, language; and the way to the server.
// Everything is delegated from the document, because Gradio mounts and replaces parts of the page
// at any time. Other scripts use `yz`.
(() => {
  "use strict";
  const yz = {};
  window.yz = yz;
  let words = {};
  let filters = { since: null, until: null, sources: [], articles: [] };
  let editing = 0;

  yz.words = () => words;
  yz.phone = () => matchMedia("(max-width: 820px)").matches;
  yz.calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // --- Requests ---------------------------------------------------------------------------------

  async function request(url, init) {
    let response;
    try {
      response = await fetch(url, { credentials: "same-origin", ...init });
    } catch {
      throw new Error(words.unreachable || "…");
    }
    if (response.ok) return response;
    let told = "";
    try {
      told = (await response.json()).error;
    } catch {
      // No words came with it.
    }
    throw new Error(told || words.unreachable || String(response.status));
  }

  // A visit that has ended is begun again at the password; Gradio would say nothing.
  const plainFetch = window.fetch.bind(window);
  window.fetch = async (...given) => {
    const response = await plainFetch(...given);
    if (response.status === 401) location.reload();
    return response;
  };

  yz.html = async (url, init) => (await request(url, init)).text();
  yz.json = async (url, init) => (await request(url, init)).json();

  // Only for what our own routes made: it is inert already.
  yz.fill = (element, html) => { element.innerHTML = html; };

  // --- The wire to the talk: a hidden box and three hidden buttons --------------------------------

  function say(more) {
    const box = document.querySelector("#wire textarea, #wire input");
    if (!box) return false;
    const limits = { ...filters, articles: filters.articles.map((article) => article.id) };
    const text = JSON.stringify({ filters: limits, editing, ...more });
    const kind = box instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function press(name, more) {
    if (!say(more)) return;
    // Gradio takes the text over before it handles the press.
    setTimeout(() => document.getElementById(name).click(), 30);
  }

  yz.again = (turn, verbatim) => { yz.edit(0); press("act-ask", { again: turn, verbatim }); };
  yz.ask = (question) => press("act-ask", { question });
  yz.openChat = (id) => { yz.edit(0); press("act-show", { chat: id }); };
  yz.newChat = () => { yz.openChat(""); focusBox(); };

  yz.edit = (turn) => {
    editing = turn;
    say({});
    drawLimits();
  };

  // The conversation on the page, by the ids of its answers: answer-CHAT-TURN.
  yz.chat = () => {
    const answers = document.querySelectorAll("#chat .answer");
    const id = answers.length ? answers[answers.length - 1].id : "";
    const cut = id.lastIndexOf("-");
    if (cut < 0) return { id: "", turn: 0 };
    return { id: id.slice("answer-".length, cut), turn: Number(id.slice(cut + 1)) };
  };

  function focusBox() {
    const box = document.querySelector("#box textarea");
    if (box) box.focus();
  }
  yz.focusBox = focusBox;

  // --- Limits -----------------------------------------------------------------------------------

  yz.filters = () => structuredClone(filters);

  yz.setFilters = (wanted) => {
    filters = { ...filters, ...wanted };
    say({});
    drawLimits();
    document.dispatchEvent(new CustomEvent("yz:filters", { detail: yz.filters() }));
  };

  function chip(text, lift) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    const label = document.createElement("bdi");
    label.textContent = text;
    const cross = document.createElement("span");
    cross.textContent = "×";
    cross.setAttribute("aria-hidden", "true");
    button.append(label, cross);
    button.setAttribute("aria-label", `${words.lift}: ${text}`);
    button.addEventListener("click", () => { lift(); focusBox(); });
    return button;
  }

  function chips() {
    const made = [];
    if (filters.since || filters.until) {
      const text = `${filters.since || "…"} – ${filters.until || "…"}`;
      made.push(chip(text, () => yz.setFilters({ since: null, until: null })));
    }
    for (const source of filters.sources) {
      const others = filters.sources.filter((one) => one !== source);
      made.push(chip(source, () => yz.setFilters({ sources: others })));
    }
    for (const article of filters.articles) {
      const others = filters.articles.filter((one) => one.id !== article.id);
      made.push(chip(article.title, () => yz.setFilters({ articles: others })));
    }
    return made;
  }

  // Above the box: what limits the next question, and whether it replaces an earlier one.
  function drawLimits() {
    const box = document.getElementById("box");
    if (!box) return;
    let bar = document.getElementById("limits");
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "limits";
      bar.setAttribute("role", "group");
      box.before(bar);
    }
    bar.setAttribute("aria-label", words.limits || "");
    const made = chips();
    if (editing) {
      const told = document.createElement("span");
      told.className = "editing";
      told.textContent = words.editing;
      const stop = document.createElement("button");
      stop.type = "button";
      stop.className = "button";
      stop.textContent = words.cancel;
      stop.addEventListener("click", () => { yz.edit(0); focusBox(); });
      made.unshift(told, stop);
    }
    bar.replaceChildren(...made);
    bar.hidden = !made.length;
  }

  // --- Notices ----------------------------------------------------------------------------------

  let fading = 0;
  function notice() {
    let place = document.getElementById("notice");
    if (!place) {
      place = document.createElement("div");
      place.id = "notice";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    // A modal dialog hides from assistive technology, and covers, all that is outside of it.
    const open = document.querySelector("dialog[open]");
    const home = open || document.body;
    if (place.parentElement !== home) home.append(place);
    return place;
  }

  yz.say = (text, action) => {
    const place = notice();
    clearTimeout(fading);
    const line = document.createElement("span");
    line.textContent = text;
    place.replaceChildren(line);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = action.action;
      button.addEventListener("click", () => { hush(); action.run(); });
      place.append(button);
    }
    place.classList.add("shown");
    fading = setTimeout(hush, 8000);
  };

  function hush() {
    const place = document.getElementById("notice");
    if (!place) return;
    place.classList.remove("shown");
    place.replaceChildren();
  }

  // For those who listen to the page.
  yz.tell = (text) => {
    let place = document.getElementById("telling");
    if (!place) {
      place = document.createElement("div");
      place.id = "telling";
      place.className = "visually-hidden";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    place.textContent = text;
  };

  // --- Header and drawers -----------------------------------------------------------------------

  function part(id, put) {
    let element = document.getElementById(id);
    if (!element) {
      element = document.createElement(id === "header" ? "header" : "div");
      element.id = id;
      put(element);
    }
    return element;
  }

  yz.refresh = async () => {
    const shell = await yz.json("/yz/shell");
    words = shell.words;
    document.documentElement.lang = shell.lang;
    yz.fill(part("header", (element) => document.body.prepend(element)), shell.header);
    const drawers = part("drawers", (element) => document.body.append(element));
    if (drawers.dataset.lang !== shell.lang) {
      yz.fill(drawers, shell.drawers);
      drawers.dataset.lang = shell.lang;
    }
    showDark();
    drawLimits();
    document.dispatchEvent(new CustomEvent("yz:shell"));
  };

  yz.closeDrawers = () => document.querySelectorAll("dialog.drawer[open]").forEach((d) => d.close());

  function openDrawer(name) {
    const dialog = document.getElementById(name);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("yz:open", { bubbles: true }));
  }
  yz.openDrawer = openDrawer;

  function inside(dialog, event) {
    const box = dialog.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const opens = target.closest("[data-opens]");
    if (opens) { openDrawer(opens.dataset.opens); return; }
    if (target.closest("dialog.drawer > header .close")) { target.closest("dialog").close(); return; }
    // A press of Enter clicks at no place.
    if (target.matches("dialog.drawer") && event.detail && !inside(target, event)) target.close();
    if (target.closest("#new-chat")) yz.newChat();
    if (target.closest("#dark")) setDark(!document.body.classList.contains("dark"));
    if (target.closest("#logout")) fetch("/yz/logout", { method: "POST" }).then(() => location.reload());
    if (target.closest("a.skip")) { event.preventDefault(); focusBox(); }
  });

  // --- Language and light -----------------------------------------------------------------------

  document.addEventListener("change", async (event) => {
    if (event.target.id !== "language") return;
    document.cookie = `yz_lang=${event.target.value}; path=/; max-age=31536000; samesite=strict`;
    await yz.refresh();
    document.getElementById("act-greet").click();
    document.getElementById("language").focus();
    document.dispatchEvent(new CustomEvent("yz:language"));
  });

  function kept(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  }

  function setDark(dark) {
    try { localStorage.setItem("yz-dark", dark ? "1" : "0"); } catch { /* it holds for this page */ }
    document.body.classList.toggle("dark", dark);
    showDark();
  }

  function showDark() {
    const button = document.getElementById("dark");
    if (button) button.setAttribute("aria-pressed", String(document.body.classList.contains("dark")));
  }

  // --- Start ------------------------------------------------------------------------------------

  function remembered(id) {
    try {
      if (id === undefined) return sessionStorage.getItem("yz-chat") || "";
      sessionStorage.setItem("yz-chat", id);
    } catch { /* a page that keeps nothing */ }
    return "";
  }

  // Once Gradio listens, which its greeting shows: a press before is lost.
  const listening = () => document.querySelector("#chat .invitation, #chat .question")
    && document.querySelector("#wire textarea, #wire input") && document.getElementById("box");

  // The chosen light, and the chat that was shown before a reload.
  function mounted() {
    const chosen = kept("yz-dark");
    if (chosen !== null) document.body.classList.toggle("dark", chosen === "1");
    showDark();
    drawLimits();
    const chat = remembered();
    if (chat) yz.openChat(chat);
    document.dispatchEvent(new CustomEvent("yz:mounted"));
  }

  let ready = false;
  let shown = "";
  function repainted() {
    if (!ready && listening()) {
      ready = true;
      mounted();
    }
    const now = yz.chat().id;
    if (ready && now !== shown) {
      shown = now;
      remembered(now);
      document.dispatchEvent(new CustomEvent("yz:chat", { detail: yz.chat() }));
    }
  }

  function start() {
    new MutationObserver(repainted).observe(document.body, { childList: true, subtree: true });
    yz.refresh().catch((error) => yz.say(error.message));
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
