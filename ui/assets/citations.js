// Markers and sources: what stands behind a marker on hover, the source itself on a click, the
// arrow keys from one to the next; and on a phone the sheet that the sources come up in.
(() => {
  "use strict";
  const yz = window.yz;
  const MARKER = '#chat a.cite[href^="#src-"]';
  let shown = null; // {turn, number, order} of the marker that was opened last
  let origin = null; // that marker, for the way back

  const panel = () => document.getElementById("panel");
  const side = () => document.getElementById("side");

  function reference(link) {
    const parts = link.getAttribute("href").match(/^#src-(\d+)-(\d+)$/);
    if (!parts) return null;
    const order = [...link.classList].find((one) => /^s\d+$/.test(one));
    return { turn: parts[1], number: parts[2], order: order || null };
  }

  // Where a card's paragraph stands, and the words of it that are quoted.
  function place(card) {
    const link = card.querySelector("a.open");
    if (!link) return null;
    const said = new URLSearchParams(link.getAttribute("href").split("?")[1]);
    const paragraph = said.get("at");
    const quotes = said.getAll("quote").map((text) => {
      const [order, range] = text.split(":");
      const [start, end] = range.split("-").map(Number);
      return { order: `s${order}`, paragraph, start, end };
    });
    return { article: said.get("article"), paragraph, quotes };
  }

  // --- Earlier questions: their sources are fetched when a marker asks for them -------------------

  const older = () => document.getElementById("older");

  function turnIn(element) {
    const section = element && element.querySelector("section.turn");
    return section ? section.id.slice("turn-".length) : null;
  }

  async function fetchTurn(turn) {
    return yz.html(`/yz/sources/${encodeURIComponent(yz.chat().id)}/${turn}`);
  }

  async function showTurn(turn) {
    if (side().dataset.view === "reading" && yz.closeReading) yz.closeReading();
    if (turnIn(panel()) === turn) { showNewest(); return; }
    if (turnIn(older()) !== turn) {
      const html = await fetchTurn(turn);
      let section = older();
      if (!section) {
        section = document.createElement("section");
        section.id = "older";
        side().append(section);
      }
      yz.fill(section, html);
      const back = document.createElement("button");
      back.type = "button";
      back.className = "button newest";
      back.textContent = yz.words().newest;
      section.prepend(back);
    }
    side().dataset.view = "older";
  }

  function showNewest() {
    const element = side();
    if (element && element.dataset.view === "older") delete element.dataset.view;
  }

  // The cards of an answer, wherever they are.
  yz.cards = async (answer) => {
    const turn = answer.id.slice(answer.id.lastIndexOf("-") + 1);
    for (const element of [panel(), older()]) if (turnIn(element) === turn) return element;
    const made = document.createElement("div");
    yz.fill(made, await fetchTurn(turn));
    return made;
  };

  // --- Opening ----------------------------------------------------------------------------------

  // What was opened last stands out among the cards, the quoted words and the markers.
  function apply() {
    document.querySelectorAll("#side article.source").forEach((card) => {
      const own = shown && card.id === `src-${shown.turn}-${shown.number}`;
      card.classList.toggle("open", Boolean(own));
      card.querySelectorAll("mark").forEach((mark) => {
        const cited = own && (!shown.order || mark.classList.contains(shown.order));
        mark.classList.toggle("here", Boolean(cited));
      });
    });
    document.querySelectorAll(MARKER).forEach((link) => {
      const own = reference(link);
      const same = shown && own && own.turn === shown.turn && own.number === shown.number;
      link.classList.toggle("open", Boolean(same && own.order === shown.order));
    });
  }

  function reveal(card) {
    const folded = card.closest("details.others");
    if (folded) folded.open = true;
    card.scrollIntoView({ block: "nearest", behavior: yz.calm() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
  }

  async function openMarker(link) {
    const wanted = reference(link);
    if (!wanted) return;
    hideTip();
    shown = wanted;
    origin = link;
    await showTurn(wanted.turn);
    apply();
    const card = document.getElementById(`src-${wanted.turn}-${wanted.number}`);
    if (!card) return;
    openSheet();
    reveal(card);
    read(card, wanted.order, link);
  }

  function openCard(card) {
    const [, turn, number] = card.id.match(/^src-(\d+)-(\d+)$/);
    shown = { turn, number, order: null };
    origin = card.querySelector("a.open");
    apply();
    read(card, null, origin);
  }

  function read(card, order, from) {
    const found = place(card);
    if (!found || !yz.read) return;
    const own = found.quotes.filter((quote) => quote.order === order);
    yz.read({
      article: found.article,
      paragraph: found.paragraph,
      quotes: own.length ? own : found.quotes,
      origin: from,
    });
  }

  function goBack() {
    closeSheet();
    if (!origin || !origin.isConnected) return;
    origin.scrollIntoView({ block: "nearest" });
    origin.focus({ preventScroll: true });
  }

  // --- Hover ------------------------------------------------------------------------------------

  const TIPPED = "#chat a.cite, #chat a.doubt, #chat .sentence.partial";
  let tipped = null;

  function tip() {
    let card = document.getElementById("tip");
    if (!card) {
      card = document.createElement("div");
      card.id = "tip";
      card.setAttribute("role", "tooltip");
      card.hidden = true;
      document.body.append(card);
    }
    return card;
  }

  // A sentence that is partly supported is underlined; its sign behind it has the reason.
  function told(element) {
    if (!element.matches(".sentence")) return element;
    const next = element.nextElementSibling;
    return next && next.matches("a.doubt") ? next : null;
  }

  function showTip(element) {
    const source = told(element);
    if (!source) return;
    if (source.title) {
      source.dataset.tip = source.title; // the browser would show its own beside ours
      source.removeAttribute("title");
    }
    const [first, ...rest] = (source.dataset.tip || "").split("\n");
    if (!first) return;
    const card = tip();
    const head = document.createElement("strong");
    head.textContent = first;
    card.replaceChildren(head);
    if (rest.length) {
      const words = document.createElement("p");
      words.textContent = rest.join(" ");
      card.append(words);
    }
    card.className = source.matches(".doubt") ? "why" : "";
    card.hidden = false;
    source.setAttribute("aria-describedby", "tip");
    tipped = element;
    const box = element.getClientRects()[0] || element.getBoundingClientRect();
    const width = Math.min(380, innerWidth - 24);
    card.style.maxWidth = `${width}px`;
    const left = Math.min(Math.max(12, box.left - 20), innerWidth - card.offsetWidth - 12);
    const above = box.top - card.offsetHeight - 8;
    card.style.left = `${left}px`;
    card.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  }

  function hideTip() {
    tipped = null;
    const card = document.getElementById("tip");
    if (card) card.hidden = true;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || !(event.target instanceof Element)) return;
    const wanted = event.target.closest(TIPPED);
    if (wanted && wanted !== tipped) showTip(wanted);
    else if (!wanted && tipped && !event.target.closest("#tip")) hideTip();
  });
  document.addEventListener("focusin", (event) => {
    const wanted = event.target.closest("#chat a.cite, #chat a.doubt");
    if (wanted && wanted.matches(":focus-visible")) showTip(wanted);
    else hideTip();
  });
  document.addEventListener("scroll", hideTip, { capture: true, passive: true });

  // --- The sheet on a phone ---------------------------------------------------------------------

  function openSheet() {
    if (!yz.phone() || !side()) return;
    document.body.classList.add("sheet");
    drawHandle();
  }

  function closeSheet() {
    document.body.classList.remove("sheet");
    drawHandle();
  }

  function button(id, parent, put) {
    let made = document.getElementById(id);
    if (!made && parent) {
      made = document.createElement("button");
      made.type = "button";
      made.id = id;
      put(made);
    }
    return made;
  }

  function drawHandle() {
    const box = document.getElementById("box");
    const handle = button("sheet-open", box, (made) => {
      made.className = "button";
      made.setAttribute("aria-controls", "side");
      box.before(made);
    });
    const close = button("sheet-close", side(), (made) => {
      made.className = "button quiet";
      side().prepend(made);
    });
    if (!handle || !close) return;
    const count = document.querySelectorAll("#panel article.source").length;
    const label = `${yz.words().sources || ""} · ${count}`;
    if (handle.textContent !== label) handle.textContent = label;
    handle.hidden = !count;
    const open = document.body.classList.contains("sheet");
    handle.setAttribute("aria-expanded", String(open));
    const words = yz.words().close || "";
    if (close.textContent !== words) close.textContent = words;
  }

  document.addEventListener("yz:reading", (event) => { if (event.detail.open) openSheet(); });

  // --- Events -----------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const link = target.closest("#chat a");
    if (link && link.matches(MARKER)) {
      openMarker(link).catch((error) => yz.say(error.message));
      return;
    }
    if (link && link.matches("a.doubt")) { showTip(link); return; }
    if (target.closest("#sheet-open")) {
      if (document.body.classList.contains("sheet")) closeSheet(); else openSheet();
      return;
    }
    if (target.closest("#sheet-close")) { goBack(); return; }
    if (target.closest("button.newest")) { showNewest(); return; }
    if (document.body.classList.contains("sheet") && target.closest("#talk")) closeSheet();
    const card = target.closest("#side article.source");
    if (!card) return;
    if (target.closest("a")) event.preventDefault();
    else if (String(getSelection())) return;
    openCard(card);
  });

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!(target instanceof Element) || event.defaultPrevented) return;
    if (event.key === "Escape") {
      if (tipped) hideTip();
      if (target.closest("#side")) goBack();
      return;
    }
    const step = STEPS[event.key];
    if (!step || !target.matches(MARKER)) return;
    event.preventDefault();
    const markers = [...document.querySelectorAll(MARKER)];
    const next = markers[markers.indexOf(target) + step];
    if (next) next.focus();
  });

  // A new question takes the side over; repaints of the same keep what the reader opened.
  let newest = null;
  // It scrolls, so that the keyboard must get there.
  function name(element) {
    const label = yz.words().sources;
    if (element.tabIndex !== 0) element.tabIndex = 0;
    if (element.getAttribute("role") !== "region") element.setAttribute("role", "region");
    if (label && element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
  }

  function repainted() {
    const root = panel();
    if (!root) return;
    name(side());
    const turn = `${yz.chat().id}/${turnIn(root)}`;
    if (turn !== newest) {
      newest = turn;
      shown = null;
      if (yz.closeReading) yz.closeReading(); // it leaves the side as it found it
      showNewest();
      side().scrollTop = 0;
    }
    if (shown && !root.querySelector("article.open") && turnIn(root) === shown.turn) apply();
    drawHandle();
  }
  document.addEventListener("yz:mounted", () => {
    new MutationObserver(repainted).observe(document.body, { childList: true, subtree: true });
    repainted();
  });
  document.addEventListener("yz:language", () => {
    const section = older();
    if (section) section.remove();
    showNewest();
  });
})();
