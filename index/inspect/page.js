"use strict";
(() => {
  const raw = document.getElementById("raw");
  const read = document.getElementById("read");
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const partOf = (event) => event.target.closest("main [data-part]");
  let lit = [];

  const light = (part) => {
    lit.forEach((element) => element.classList.remove("lit"));
    lit = part ? [...document.querySelectorAll(`[data-part="${part.dataset.part}"]`)] : [];
    lit.forEach((element) => element.classList.add("lit"));
  };
  const scrollRaw = (run) => {
    const top = run.getBoundingClientRect().top - raw.getBoundingClientRect().top;
    raw.scrollBy({ top: top - raw.clientHeight / 4, behavior });
  };
  const follow = (part, target) => {
    const twin = `[data-part="${part.dataset.part}"]`;
    if (raw.contains(part)) {
      read.querySelector(twin)?.scrollIntoView({ block: "start", behavior });
      return;
    }
    const line = document.getElementById(`L${target.closest("[data-line]").dataset.line}`);
    const run = line?.querySelector(twin) ?? raw.querySelector(twin);
    if (run) scrollRaw(run);
  };

  document.addEventListener("mouseover", (event) => light(partOf(event)));
  document.addEventListener("focusin", (event) => light(partOf(event)));
  document.addEventListener("click", (event) => {
    const part = partOf(event);
    if (!part || !getSelection().isCollapsed) return;
    if (event.target.closest("a")) event.preventDefault();
    light(part);
    follow(part, event.target);
  });
  document.addEventListener("keydown", (event) => {
    const part = event.key === "Enter" || event.key === " " ? partOf(event) : null;
    if (!part) return;
    event.preventDefault();
    follow(part, event.target);
  });
})();
