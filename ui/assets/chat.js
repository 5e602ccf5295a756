// Markers, cards and copying. Everything is delegated from the document, because Gradio mounts
// and replaces parts of the page at any time.
(() => {
  "use strict";
  const MARKER = '#chat a.cite[href^="#src-"]';
  let shown = null; // {turn, number, order} of the marker that was opened last
  let origin = null; // that marker, for the way back

  const panel = () => document.getElementById("panel");

  const turnOf = (section) => section.id.slice("turn-".length);

  function reference(link) {
    const parts = link.getAttribute("href").match(/^#src-(\d+)-(\d+)$/);
    if (!parts) return null;
    const order = [...link.classList].find((name) => /^s\d+$/.test(name));
    return { turn: parts[1], number: parts[2], order: order || null };
  }

  // Show the turn that was asked for, else the newest one; re-applied whenever Gradio repaints.
  function apply() {
    const root = panel();
    if (!root) return;
    const turns = [...root.querySelectorAll("section.turn")];
    const wanted = shown && turns.find((turn) => turnOf(turn) === shown.turn);
    const current = wanted || turns[turns.length - 1];
    turns.forEach((turn) => turn.classList.toggle("current", turn === current));
    const card = wanted && document.getElementById(`src-${shown.turn}-${shown.number}`);
    root.querySelectorAll("article.source").forEach((other) => {
      other.classList.toggle("open", other === card);
    });
    root.querySelectorAll("mark").forEach((mark) => {
      const cited = !shown || !shown.order || mark.classList.contains(shown.order);
      const chosen = card && card.contains(mark) && cited;
      mark.classList.toggle("here", Boolean(chosen));
    });
    document.querySelectorAll(MARKER).forEach((link) => {
      const own = reference(link);
      const same = card && own && own.turn === shown.turn && own.number === shown.number;
      link.classList.toggle("open", Boolean(same && own.order === shown.order));
    });
  }

  function reveal(card) {
    const folded = card.closest("details.others");
    if (folded) folded.open = true;
    const marks = [...card.querySelectorAll("mark.here")];
    const target = marks.find((mark) => mark.offsetParent) || card;
    const side = document.getElementById("side");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = calm ? "auto" : "smooth";
    if (side && side.scrollHeight > side.clientHeight && getComputedStyle(side).overflowY !== "visible") {
      const box = target.getBoundingClientRect();
      const frame = side.getBoundingClientRect();
      const start = card.getBoundingClientRect().top - frame.top - 12;
      const fits = box.bottom - card.getBoundingClientRect().top < frame.height - 40;
      const middle = box.top - frame.top - frame.height / 3;
      side.scrollBy({ top: fits ? start : middle, behavior });
    } else {
      card.scrollIntoView({ block: "start", behavior });
    }
    card.focus({ preventScroll: true });
  }

  function openMarker(link) {
    const wanted = reference(link);
    if (!wanted) return;
    shown = wanted;
    origin = link;
    apply();
    const card = document.getElementById(`src-${shown.turn}-${shown.number}`);
    if (card) reveal(card);
  }

  function goBack() {
    if (!origin || !origin.isConnected) return;
    origin.scrollIntoView({ block: "center" });
    origin.focus({ preventScroll: true });
  }

  // In one column the chat has no scroll bar of its own: bring the new question into view.
  function followOnPhone() {
    if (!matchMedia("(max-width: 820px)").matches) return;
    const rows = document.querySelectorAll("#chat .user-row");
    if (rows.length > 1) rows[rows.length - 1].scrollIntoView({ block: "start" });
  }

  // The answer as plain text, then one line for each source it cites.
  function plain(answer) {
    const copy = answer.cloneNode(true);
    copy.querySelectorAll(".tools, .note").forEach((part) => part.remove());
    copy.querySelectorAll("br").forEach((br) => br.replaceWith("\n"));
    const refs = new Map();
    answer.querySelectorAll("a.cite").forEach((link) => {
      refs.set(link.getAttribute("href").slice(1), link.textContent);
    });
    const lines = [...refs].map(([id, number]) => {
      const card = document.getElementById(id);
      if (!card) return number;
      const title = card.querySelector("h3").textContent;
      return `${number} ${title} · ${card.querySelector(".facts").textContent}`;
    });
    return `${copy.textContent.trim()}\n\n${lines.sort().join("\n")}\n`;
  }

  async function copyAnswer(link) {
    const text = plain(link.closest(".answer"));
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Browsers keep the clipboard from pages that come over plain HTTP from another computer.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const words = link.textContent;
    if (link.title === words) return;
    link.textContent = link.title;
    setTimeout(() => { link.textContent = words; }, 1600);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#chat a");
    if (link) {
      event.preventDefault();
      if (link.matches(MARKER)) openMarker(link);
      else if (link.matches("a.copy")) copyAnswer(link);
      return;
    }
    if (event.target.closest("#panel .back")) { goBack(); return; }
    const header = event.target.closest("#panel article.source > header, #panel .source:not(.open) > .text");
    if (!header || String(getSelection())) return;
    const [, turn, number] = header.parentElement.id.match(/^src-(\d+)-(\d+)$/);
    const again = shown && shown.turn === turn && shown.number === number;
    shown = again ? { turn, number: "0", order: null } : { turn, number, order: null };
    apply();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest && event.target.closest("#panel")) goBack();
  });

  // A new turn takes the panel over; repaints of the same turn keep what the reader opened.
  let newest = null;
  function repainted() {
    // Gradio labels a message with its source, which is HTML here; its text speaks for itself.
    document.querySelectorAll("#chat [data-testid][aria-label]").forEach((message) => {
      message.removeAttribute("aria-label");
    });
    const root = panel();
    if (!root) return;
    const turns = root.querySelectorAll("section.turn");
    const last = turns.length ? turnOf(turns[turns.length - 1]) : null;
    if (last !== newest) {
      newest = last;
      shown = null;
      const side = document.getElementById("side");
      if (side) side.scrollTop = 0;
      followOnPhone();
    }
    const stale = turns.length && !root.querySelector("section.turn.current");
    const closed = shown && shown.number !== "0" && !root.querySelector("article.open");
    if (stale || closed) apply();
  }
  new MutationObserver(repainted).observe(document.documentElement, { childList: true, subtree: true });
})();
