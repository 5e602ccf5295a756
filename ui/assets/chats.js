// The drawer of kept chats, and the form in which a reader judges an answer. All words come from
// the server's HTML; what is foreign is only ever set as text.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const within = (event, selector) =>
    event.target instanceof Element ? event.target.closest(selector) : null;

  // ---- the drawer ----

  let asked = 0; // the newest search; an older one that comes later is dropped
  let typing = 0;

  async function list() {
    const search = $("chats-search");
    const own = ++asked;
    try {
      const html = await yz.html(`/yz/chats?q=${encodeURIComponent(search.value)}`);
      if (own !== asked || !$("chats-list")) return;
      yz.fill($("chats-list"), html);
      dress();
    } catch (error) {
      if (own === asked && $("chats-list")) $("chats-list").textContent = error.message;
    }
  }

  // What only the browser knows: the chat that is open, the reader's own clock and the switch.
  function dress() {
    const current = yz.chat().id;
    $("chats-list").querySelectorAll("li[data-chat]").forEach((row) => {
      const here = row.dataset.chat === current;
      row.querySelector(".here").hidden = !here;
      const title = row.querySelector(".open");
      if (here) title.setAttribute("aria-current", "true");
      else title.removeAttribute("aria-current");
    });
    $("chats-list").querySelectorAll("time").forEach((time) => {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) time.textContent = day(at);
    });
    const kept = $("chats-list").querySelector(".kept");
    if (kept) keeping(kept.dataset.keeping);
  }

  function day(at) {
    const language = $("chats").lang;
    const today = at.toDateString() === new Date().toDateString();
    return today
      ? at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })
      : at.toLocaleDateString(language, { year: "numeric", month: "short", day: "numeric" });
  }

  function keeping(state) {
    const words = $("chats").dataset;
    $("chats-keep").checked = state === "yes";
    $("chats-keep").disabled = state === "never";
    $("chats-where").textContent =
      { yes: words.where, no: words.forgotten, never: words.never }[state] || words.where;
  }

  async function open(row) {
    $("chats").close();
    await yz.openChat(row.dataset.chat);
  }

  function retitle(row, shown) {
    const form = row.querySelector(".retitle");
    form.hidden = !shown;
    if (shown) form.querySelector("input").select();
    else row.querySelector(".rename").focus();
  }

  async function rename(row) {
    const title = row.querySelector(".retitle input").value;
    await yz.json(`/yz/chats/${row.dataset.chat}/rename`, sent("POST", { title }));
    await list();
    const again = $("chats-list").querySelector(`li[data-chat="${CSS.escape(row.dataset.chat)}"]`);
    if (again) again.querySelector(".rename").focus();
    yz.refresh();
  }

  async function remove(row) {
    const chat = row.dataset.chat;
    const words = $("chats").dataset;
    const title = row.querySelector(".open").textContent;
    const current = yz.chat().id === chat;
    await yz.json(`/yz/chats/${chat}`, { method: "DELETE" });
    const near = row.nextElementSibling || row.previousElementSibling;
    ((near && near.querySelector(".open")) || $("chats-search")).focus();
    row.remove();
    if (current) yz.newChat();
    const run = () => guarded(async () => {
      await yz.json(`/yz/chats/${chat}/restore`, { method: "POST" });
      if (current) await yz.openChat(chat);
      if ($("chats").open) await list();
      yz.refresh();
    });
    yz.say(words.deleted.replace("{title}", () => title), { action: words.undo, run });
    yz.refresh();
  }

  function confirm(shown) {
    const box = $("chats").querySelector(".confirm");
    const clear = $("chats").querySelector(".clear");
    box.hidden = !shown;
    clear.hidden = shown;
    (shown ? box.querySelector(".cancel") : clear).focus();
  }

  async function clear() {
    const { cleared } = await yz.json("/yz/chats/clear", { method: "POST" });
    confirm(false);
    yz.newChat();
    await list();
    yz.say($("chats").dataset.cleared.replace("{count}", cleared));
    yz.refresh();
  }

  async function keep(box) {
    try {
      await yz.json("/yz/chats/keeping", sent("PUT", { keep: box.checked }));
      keeping(box.checked ? "yes" : "no");
    } catch (error) {
      box.checked = !box.checked;
      throw error;
    }
  }

  async function download() {
    const { id } = yz.chat();
    const words = $("chats").dataset;
    if (!id) return yz.say(words.nothing);
    const choice = new URLSearchParams({
      form: $("chats-form").value,
      references: $("chats-references").value,
    });
    const response = await fetch(`/yz/chats/${encodeURIComponent(id)}/export?${choice}`).catch(() => null);
    if (!response || !response.ok) {
      const told = response ? await response.json().catch(() => ({})) : {};
      throw new Error(told.error || words.failed);
    }
    const named = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") || "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = named ? decodeURIComponent(named[1]) : "yinzheng";
    document.body.append(link); // Firefox wants it in the page
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function print() {
    if (!yz.chat().id) return yz.say($("chats").dataset.nothing);
    $("chats").close();
    setTimeout(() => window.print(), 50); // once the drawer is gone
  }

  const sent = (method, fields) => ({
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });

  async function guarded(act) {
    try {
      await act();
    } catch (error) {
      yz.say(error.message);
    }
  }

  const PRESSED = [
    ["li .open", (button) => open(button.closest("li"))],
    ["li .rename", (button) => retitle(button.closest("li"), true)],
    ["li .delete", (button) => remove(button.closest("li"))],
    ["li .cancel", (button) => retitle(button.closest("li"), false)],
    [".clear", () => confirm(true)],
    [".confirm .cancel", () => confirm(false)],
    [".sure", () => clear()],
    [".download", () => download()],
    [".print", () => print()],
  ];

  document.addEventListener("click", (event) => {
    if (!within(event, "#chats")) return;
    for (const [selector, act] of PRESSED) {
      const found = within(event, `#chats ${selector}`);
      if (found) return guarded(() => act(found));
    }
  });

  document.addEventListener("submit", (event) => {
    const form = within(event, "#chats form");
    if (!form) return;
    event.preventDefault();
    if (form.matches(".retitle")) guarded(() => rename(form.closest("li")));
    else list();
  });

  document.addEventListener("input", (event) => {
    if (!within(event, "#chats-search")) return;
    clearTimeout(typing);
    typing = setTimeout(list, 200);
  });

  document.addEventListener("change", (event) => {
    const box = within(event, "#chats-keep");
    if (box) guarded(() => keep(box));
    if (within(event, "#rating-about")) show();
  });

  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && within(event, "#chats .retitle");
    if (form) {
      event.preventDefault(); // Escape leaves the title, not the drawer
      event.stopPropagation();
      retitle(form.closest("li"), false);
    }
    if (event.key === "Escape" && $("rating") && $("rating").open) {
      event.preventDefault();
      leave(true);
    }
  }, true);

  document.addEventListener("yz:open", (event) => {
    if (event.target.id !== "chats") return;
    $("chats").querySelector(".confirm").hidden = true;
    $("chats").querySelector(".clear").hidden = false;
    list();
  }, true);

  document.addEventListener("yz:chat", () => { if ($("chats") && $("chats").open) dress(); });

  // ---- judging an answer ----

  const NARROW = matchMedia("(max-width: 640px)");
  const judged = new Set(); // "chat-turn" of answers judged in this page, to mark their links
  let judging = null; // {chat, turn, link, given: {sentence: {verdict, note}}}

  function place(link) {
    const found = /^#rate-(\d+)$/.exec(link.getAttribute("href") || "");
    const answer = link.closest('[id^="answer-"]');
    const named = answer && /^answer-(.+)-(\d+)$/.exec(answer.id);
    const turn = found ? Number(found[1]) : NaN;
    return { chat: named ? named[1] : yz.chat().id, turn, link, answer };
  }

  async function judge(link) {
    const wanted = place(link);
    if (!wanted.chat || !Number.isInteger(wanted.turn)) return;
    const given = {};
    const rows = await yz.json(`/yz/feedback?chat=${encodeURIComponent(wanted.chat)}`);
    rows.filter((row) => row.turn === wanted.turn).forEach((row) => { given[row.sentence] = row; });
    judging = { ...wanted, given };
    sentences(wanted.answer);
    show();
    if (!$("rating").open) $("rating").show();
    beside(link);
    const pressed = $("rating").querySelector('.verdict[aria-pressed="true"]');
    (pressed || $("rating").querySelector(".verdict")).focus({ preventScroll: true });
  }

  // The sentences of the answer, one of which may be judged alone.
  function sentences(answer) {
    const select = $("rating-about");
    select.replaceChildren(new Option($("rating").dataset.whole, "0"));
    const found = answer ? answer.querySelectorAll(".sentence") : [];
    select.closest(".field").hidden = found.length < 2;
    if (found.length < 2) return;
    found.forEach((sentence, at) => {
      const bare = sentence.cloneNode(true);
      bare.querySelectorAll("a").forEach((marker) => marker.remove());
      const words = bare.textContent.trim();
      select.append(new Option(`${at + 1}. ${words.length > 36 ? `${words.slice(0, 36)}…` : words}`, at + 1));
    });
  }

  function show() {
    const form = $("rating");
    const given = judging && judging.given[$("rating-about").value];
    press(given ? given.verdict : "");
    $("rating-note").value = given ? given.note : "";
    form.querySelector(".take-back").hidden = !given;
    const label = given && form.querySelector(`[data-verdict="${CSS.escape(given.verdict)}"]`);
    state(label ? form.dataset.before.replace("{verdict}", () => label.textContent) : "");
  }

  function press(verdict) {
    $("rating").querySelectorAll(".verdict").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
    });
  }

  const state = (words) => { $("rating").querySelector(".state").textContent = words; };

  function beside(link) {
    const form = $("rating");
    form.style.left = form.style.top = "";
    if (NARROW.matches) return; // it lies at the bottom of the screen
    const near = link.getBoundingClientRect();
    const own = form.getBoundingClientRect();
    const below = near.bottom + 6;
    const top = below + own.height < innerHeight - 8 ? below : near.top - own.height - 6;
    form.style.top = `${Math.max(8, Math.min(top, innerHeight - own.height - 8))}px`;
    form.style.left = `${Math.max(8, Math.min(near.left, innerWidth - own.width - 8))}px`;
  }

  function leave(back) {
    const form = $("rating");
    if (form && form.open) form.close();
    const link = judging && judging.link;
    judging = null;
    if (back && link && link.isConnected) link.focus({ preventScroll: true });
  }

  async function send() {
    const form = $("rating");
    const pressed = form.querySelector('.verdict[aria-pressed="true"]');
    if (!pressed) return state(form.dataset.choose);
    const { chat, turn, given } = judging;
    const [verdict, note] = [pressed.dataset.verdict, $("rating-note").value];
    const sentence = Number($("rating-about").value);
    await yz.json("/yz/feedback", sent("POST", { chat, turn, verdict, note, sentence }));
    given[sentence] = { verdict, note };
    judged.add(`${chat}-${turn}`);
    mark();
    show();
    state(form.dataset.sent);
  }

  async function takeBack() {
    const { chat, turn, given } = judging;
    const sentence = Number($("rating-about").value);
    const place = new URLSearchParams({ chat, turn, sentence });
    await yz.json(`/yz/feedback?${place}`, { method: "DELETE" });
    delete given[sentence];
    if (!Object.keys(given).length) judged.delete(`${chat}-${turn}`);
    mark();
    show();
    state($("rating").dataset.taken);
    $("rating").querySelector(".verdict").focus();
  }

  // The talk is painted anew at any time: answers that were judged are marked again.
  let painting = false;
  function mark() {
    document.querySelectorAll('[id^="answer-"] a.rate').forEach((link) => {
      const { chat, turn } = place(link);
      link.classList.toggle("rated", judged.has(`${chat}-${turn}`));
    });
  }
  new MutationObserver(() => {
    if (painting || !judged.size) return;
    painting = true;
    requestAnimationFrame(() => { painting = false; mark(); });
  }).observe(document.documentElement, { childList: true, subtree: true });

  const told = (act) => act().catch((error) => { state(error.message); });

  document.addEventListener("click", (event) => {
    const link = within(event, 'a.rate[href^="#rate-"]');
    if (link) {
      event.preventDefault();
      guarded(() => judge(link));
      return;
    }
    if (!within(event, "#rating")) return;
    const verdict = within(event, "#rating .verdict");
    if (verdict) { press(verdict.dataset.verdict); state(""); }
    if (within(event, "#rating .close")) leave(true);
    if (within(event, "#rating .take-back")) told(takeBack);
  });

  document.addEventListener("submit", (event) => {
    if (!within(event, "#rating form")) return;
    event.preventDefault();
    if (judging) told(send);
  });

  // A click elsewhere puts the form away, unless something was begun in it.
  document.addEventListener("pointerdown", (event) => {
    const form = $("rating");
    if (!form || !form.open || within(event, "#rating")) return;
    const given = judging && judging.given[$("rating-about").value];
    if ($("rating-note").value === (given ? given.note : "")) leave(false);
  });
})();
