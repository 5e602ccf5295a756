// The conversation: examples, editing, asking again, copying, and what listeners are told.
(() => {
  "use strict";
  const yz = window.yz;

  function turnOf(link) {
    return Number(link.getAttribute("href").split("-").pop());
  }

  function edit(link) {
    const row = link.closest(".message") || link.parentElement.parentElement;
    const question = row.querySelector(".question").cloneNode(true);
    question.querySelectorAll(".facts").forEach((facts) => facts.remove());
    question.querySelectorAll("br").forEach((br) => br.replaceWith("\n"));
    const box = document.querySelector("#box textarea");
    const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    set.call(box, question.textContent);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    yz.edit(turnOf(link));
  }

  // The answer as plain text, then one line for each source it cites.
  async function plain(answer) {
    const copy = answer.cloneNode(true);
    copy.querySelectorAll(".tools, .note, .understood, .doubt").forEach((part) => part.remove());
    copy.querySelectorAll("br").forEach((br) => br.replaceWith("\n"));
    const refs = new Map();
    answer.querySelectorAll("a.cite").forEach((link) => {
      refs.set(link.getAttribute("href").slice(1), link.textContent);
    });
    const cards = await yz.cards(answer);
    const lines = [...refs].map(([id, number]) => {
      const card = cards.querySelector(`[id="${CSS.escape(id)}"]`) || cards.querySelector(`#${id}`);
      if (!card) return number;
      const title = card.querySelector("h3").textContent;
      return `${number} ${title} · ${card.querySelector(".facts").textContent}`;
    });
    return `${copy.textContent.trim()}\n\n${lines.sort().join("\n")}\n`;
  }

  async function write(text) {
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
  }

  async function copyAnswer(link) {
    await write(await plain(link.closest(".answer")));
    const told = link.parentElement.querySelector(".copied").textContent;
    const words = link.textContent;
    yz.tell(told);
    if (told === words) return;
    link.textContent = told;
    setTimeout(() => { link.textContent = words; }, 1600);
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("#chat a");
    if (!link) return;
    event.preventDefault();
    if (link.matches(".example")) yz.ask(link.textContent);
    else if (link.matches("a.copy")) copyAnswer(link).catch((error) => yz.say(error.message));
    else if (link.matches("a.edit")) edit(link);
    else if (link.matches("a.again")) yz.again(turnOf(link), false);
    else if (link.matches("a.verbatim")) yz.again(turnOf(link), true);
  });

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    if (event.key === " " && target.matches('a[role="button"]')) {
      event.preventDefault();
      target.click();
    }
    const sent = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (sent && target.matches("#box textarea")) setTimeout(() => yz.edit(0), 200);
    if (event.key === "Escape" && target.matches("#box textarea")) yz.edit(0);
  });

  document.addEventListener("click", (event) => {
    const sends = event.target instanceof Element && event.target.closest("#box .submit-button");
    if (sends) setTimeout(() => yz.edit(0), 200);
  });

  // Gradio names its parts in its own words, or not at all.
  function name(element, label) {
    if (element && label && element.getAttribute("aria-label") !== label) {
      element.setAttribute("aria-label", label);
    }
  }

  let finished = "";
  function repainted() {
    const words = yz.words();
    document.querySelectorAll("#chat [data-testid][aria-label]").forEach((message) => {
      message.removeAttribute("aria-label"); // its source, which is HTML here
    });
    const log = document.querySelector('#chat [role="log"]');
    name(log, words.talk);
    if (log && log.getAttribute("aria-live") !== "off") log.setAttribute("aria-live", "off");
    name(document.querySelector("#box .submit-button"), words.send);
    name(document.querySelector("#box .stop-button"), words.stop);
    const answers = document.querySelectorAll("#chat .answer");
    const last = answers[answers.length - 1];
    if (last && last.querySelector(".tools") && finished !== last.id) {
      finished = last.id;
      const said = [...last.querySelectorAll(".sentence, .abstained")].map((part) => part.textContent);
      yz.tell(`${words.answered || ""} ${said.join(" ")}`);
    }
  }
  document.addEventListener("yz:shell", repainted);
  document.addEventListener("yz:mounted", () => {
    new MutationObserver(repainted).observe(document.body, { childList: true, subtree: true });
    repainted();
  });
})();
