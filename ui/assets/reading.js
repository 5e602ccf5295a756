// The reading room: an article whole beside the answer. Everything is delegated from the document.
(() => {
  "use strict";
  const yz = (window.yz = window.yz || {});
  const PATIENCE = 150; // ms before the page says that it is loading
  let open = null; // {article, quotes, origin, view, at} of what is read
  let asked = 0; // numbers what is fetched, so that an answer that comes late is dropped
  let before = null; // {view, top} of the side, for the way back
  let frame = ""; // the frame as it was fetched last

  const room = () => document.getElementById("reading");
  const side = () => document.getElementById("side");
  const body = () => room() && room().querySelector(".reading-body");
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  function makeRoom() {
    if (room()) return room();
    const section = document.createElement("section");
    section.id = "reading";
    section.tabIndex = -1;
    side().append(section);
    return section;
  }

  // What scrolls the room: itself, the side, or a sheet around it.
  function scroller() {
    for (let box = room(); box && box !== document.body; box = box.parentElement) {
      const scrolls = /auto|scroll/.test(getComputedStyle(box).overflowY);
      if (scrolls && box.scrollHeight > box.clientHeight + 1) return box;
    }
    return document.scrollingElement;
  }

  function frameOf(box) {
    if (box === document.scrollingElement) return { top: 0, height: innerHeight };
    return box.getBoundingClientRect();
  }

  function toThird(element, smooth) {
    const box = scroller(), seen = frameOf(box);
    const top = element.getBoundingClientRect().top - seen.top - seen.height / 3;
    box.scrollBy({ top, behavior: smooth && !calm() ? "smooth" : "instant" });
  }

  function address(wanted) {
    const query = new URLSearchParams({ view: wanted.view });
    if (wanted.at) query.set("at", wanted.at);
    if (wanted.window) query.set("window", wanted.window);
    for (const quote of wanted.quotes) {
      query.append("quote", `${quote.paragraph}:${quote.start}-${quote.end}`);
    }
    return `/yz/articles/${encodeURIComponent(wanted.article)}/read?${query}`;
  }

  // --- marks ---

  const marks = () => [...room().querySelectorAll(".reading-body mark")];

  const paragraphOf = (mark) => {
    const holder = mark.closest("[data-paragraph]");
    return holder ? holder.dataset.paragraph : null;
  };

  // Paragraphs that are quoted, and where they are in the part of the article that is shown.
  function quoted() {
    const article = room().querySelector(".whole");
    return article && article.dataset.quoted ? article.dataset.quoted.split(" ") : [];
  }

  const hasMarks = (paragraph) => marks().some((mark) => paragraphOf(mark) === paragraph);

  function count() {
    const all = marks(), absent = quoted().filter((paragraph) => !hasMarks(paragraph));
    const here = all.findIndex((mark) => mark.classList.contains("here"));
    const place = room().querySelector(".reading-count");
    const known = here >= 0 && !absent.length;
    const words = known
      ? place.dataset.form.replace("{n}", here + 1).replace("{all}", all.length)
      : "";
    if (place.textContent !== words) place.textContent = words;
    room().querySelectorAll("[data-step]").forEach((button) => {
      const one = all.length === 1 && !absent.length && here === 0;
      button.disabled = (!all.length && !absent.length) || one;
    });
  }

  function show(mark, smooth) {
    marks().forEach((other) => other.classList.toggle("here", other === mark));
    open.at = paragraphOf(mark) || open.at;
    toThird(mark, smooth);
    count();
  }

  function step(direction) {
    const all = marks();
    const here = all.findIndex((mark) => mark.classList.contains("here"));
    const next = here < 0 ? (direction > 0 ? 0 : all.length - 1) : here + direction;
    if (all[next]) { show(all[next], true); return; }
    const far = farther(direction);
    if (far) load({ at: far, window: "" }, { nth: direction > 0 ? 0 : Infinity });
    else if (all.length) show(all[(next + all.length) % all.length], true);
  }

  // The next quoted paragraph that lies in a part of a long article which is not shown.
  function farther(direction) {
    const order = quoted(), here = order.indexOf(open.at);
    const following = direction > 0 ? order.slice(here + 1) : order.slice(0, Math.max(0, here)).reverse();
    return following.find((paragraph) => !hasMarks(paragraph)) || null;
  }

  // --- showing ---

  function placeOf(paragraph) {
    const key = CSS.escape(paragraph);
    return body().querySelector(`[data-paragraph="${key}"]`);
  }

  function arrive(nth) {
    const own = open.at ? marks().filter((mark) => paragraphOf(mark) === open.at) : [];
    const place = open.at && placeOf(open.at);
    if (own.length) show(own[Math.min(nth, own.length - 1)], false);
    else if (place) toThird(place, false);
    else scroller().scrollTo({ top: 0, behavior: "instant" });
    count();
  }

  function press(view) {
    room().querySelectorAll("[data-view][aria-pressed]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    });
  }

  function note(words, again) {
    const place = body();
    place.replaceChildren();
    const line = document.createElement("p");
    line.className = again ? "reading-trouble" : "facts reading-wait";
    line.setAttribute("role", again ? "alert" : "status");
    line.textContent = words;
    place.append(line);
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = room().querySelector(".reading-frame").dataset.retry;
    button.addEventListener("click", again);
    place.append(button);
  }

  const words = (name) => room().querySelector(".reading-frame").dataset[name];

  // Fetch a part of the article and show it. `nth`: which quotation of the paragraph, from 0.
  async function load(changes, { nth = 0, keep = null } = {}) {
    Object.assign(open, changes);
    const number = ++asked, place = body();
    // A button in the article is about to go: the keys shall work on.
    if (place.contains(document.activeElement)) room().focus({ preventScroll: true });
    room().setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => {
      if (number === asked && !place.querySelector(".whole")) note(words("loading"));
      room().classList.add("waiting");
    }, PATIENCE);
    try {
      const html = await yz.html(address(open));
      if (number !== asked || !open) return;
      const box = scroller(), height = box.scrollHeight, top = box.scrollTop;
      yz.fill(body(), html);
      entitle();
      press(open.view);
      if (keep) {
        const grown = keep === "before" ? scroller().scrollHeight - height : 0;
        scroller().scrollTo({ top: top + grown, behavior: "instant" });
        remark();
      } else arrive(nth);
    } catch (error) {
      if (number !== asked || !open) return;
      press(open.view);
      note(error.message, () => load({}, { nth, keep: null }));
    } finally {
      clearTimeout(waiting);
      if (number === asked && room()) {
        room().classList.remove("waiting");
        room().removeAttribute("aria-busy");
      }
    }
  }

  // The headline and the day stay in sight, wherever in the article the quotation is.
  function entitle() {
    const parts = ["h2", "time"].map((name) => body().querySelector(`.whole header ${name}`));
    const told = parts.filter(Boolean).map((part) => part.textContent.trim());
    const line = room().querySelector(".reading-title");
    line.textContent = told.join(" · ");
    if (parts[0]) line.lang = parts[0].lang;
  }

  // After more of the article was fetched, the quotation that was looked at is so again.
  function remark() {
    const own = marks().filter((mark) => paragraphOf(mark) === open.at);
    if (own.length) own[0].classList.add("here");
    count();
  }

  yz.read = async ({ article, paragraph = null, quotes = [], origin = null }) => {
    if (!side()) return;
    const section = makeRoom();
    const shown = side().dataset.view;
    if (shown !== "reading") before = { view: shown, top: open ? 0 : scroller().scrollTop };
    const view = open ? open.view : "text";
    open = { article, at: paragraph, quotes, origin, view, window: "" };
    const number = ++asked;
    side().dataset.view = "reading";
    document.dispatchEvent(new CustomEvent("yz:reading", { detail: { open: true } }));
    if (frame) yz.fill(section, frame);
    const waiting = setTimeout(() => {
      if (number === asked && frame) note(words("loading"));
    }, PATIENCE);
    try {
      // Its words follow the language of the page, which may have changed.
      const fetched = await yz.html("/yz/reading");
      if (number !== asked) return;
      if (fetched !== frame || !body()) yz.fill(section, fetched);
      frame = fetched;
    } catch (error) {
      if (number !== asked) return;
      yz.say(error.message);
      yz.closeReading();
      return;
    } finally {
      clearTimeout(waiting);
    }
    section.setAttribute("aria-label", words("label"));
    section.focus({ preventScroll: true });
    await load({});
  };

  yz.closeReading = () => {
    if (!open) return;
    const { origin } = open, inside = room() && room().contains(document.activeElement);
    open = null;
    asked += 1;
    room().replaceChildren();
    if (before.view) side().dataset.view = before.view;
    else delete side().dataset.view;
    scroller().scrollTo({ top: before.top, behavior: "instant" });
    document.dispatchEvent(new CustomEvent("yz:reading", { detail: { open: false } }));
    if (!inside && document.activeElement !== document.body) return;
    if (origin && origin.isConnected) origin.focus({ preventScroll: true });
  };

  // --- what the reader does ---

  function firstVisible() {
    const edge = room().querySelector(".reading-tools").getBoundingClientRect().bottom;
    const all = [...body().querySelectorAll("[data-paragraph]")];
    const seen = all.find((one) => one.getBoundingClientRect().bottom > edge + 8);
    return seen ? seen.dataset.paragraph : null;
  }

  const inSight = (element) => {
    const box = element.getBoundingClientRect(), seen = frameOf(scroller());
    return box.bottom > seen.top && box.top < seen.top + seen.height;
  };

  function switchTo(view) {
    if (view === open.view && body().querySelector(".whole")) return;
    const here = body().querySelector("mark.here");
    if (here && inSight(here)) {
      const same = marks().filter((mark) => paragraphOf(mark) === paragraphOf(here));
      load({ view, window: "", at: paragraphOf(here) || open.at }, { nth: same.indexOf(here) });
    } else load({ view, window: "", at: firstVisible() || open.at });
  }

  document.addEventListener("click", (event) => {
    if (!open || !event.target.closest) return;
    const button = event.target.closest("#reading button");
    if (!button) return;
    if (button.matches(".reading-back")) yz.closeReading();
    else if (button.dataset.view) switchTo(button.dataset.view);
    else if (button.dataset.step) step(button.dataset.step === "next" ? 1 : -1);
    else if (button.dataset.window) load({ window: button.dataset.window }, { keep: button.dataset.more });
    else if (button.dataset.reads) {
      yz.read({ article: button.dataset.reads, quotes: open.quotes, origin: open.origin });
    }
  });

  // On its way down, so that Escape does not also leave the side.
  document.addEventListener("keydown", (event) => {
    if (!open || !event.target.closest || !event.target.closest("#reading")) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      yz.closeReading();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      step(event.key === "ArrowRight" ? 1 : -1);
    }
  }, true);

  document.addEventListener("yz:language", async () => {
    if (!open) return;
    const elsewhere = room().contains(document.activeElement) ? null : document.activeElement;
    await yz.read({ ...open, paragraph: open.at });
    if (elsewhere && elsewhere.isConnected) elsewhere.focus({ preventScroll: true });
  });
})();
