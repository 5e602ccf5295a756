// The model room: what answers, and choosing another model. Delegated from the document.
(() => {
  "use strict";
  const EVERY = 400; // ms between looks at a loading
  const PATIENCE = 150; // ms before the page says that it is looking
  const yz = (window.yz = window.yz || {});
  let current = null; // what answered when it was looked last
  let polling = false;

  const drawer = () => document.getElementById("models");
  const part = (selector) => drawer() && drawer().querySelector(selector);
  const pause = () => new Promise((resolve) => { setTimeout(resolve, EVERY); });

  function tell(words) {
    const line = part(".models-trouble");
    if (!line) { if (words) yz.say(words); return; }
    if (line.textContent !== words) line.textContent = words;
    line.hidden = !words;
  }

  async function fill() {
    const body = part(".drawer-body");
    if (!body) return;
    const waiting = setTimeout(() => {
      if (!body.firstChild) body.textContent = drawer().dataset.opening;
    }, PATIENCE);
    const inside = body.contains(document.activeElement);
    try {
      yz.fill(body, await yz.html("/yz/models"));
    } finally {
      clearTimeout(waiting);
    }
    const checked = part('input[name="model"]:checked');
    if (inside && checked) checked.focus();
  }

  // While a model is loaded its progress stands in the place of the choice.
  function paint(status) {
    const box = part(".models-progress"), form = part(".models-form");
    if (!box || !form) return;
    const loading = Boolean(status.wanted);
    const change = box.hidden === loading;
    box.hidden = !loading;
    form.querySelectorAll("input").forEach((input) => {
      if (!input.hasAttribute("data-fault")) input.disabled = loading;
    });
    if (!loading) { ready(); return; }
    form.querySelector("[type=submit]").disabled = true;
    const { dataset } = drawer();
    const words = dataset.loading.replace("{name}", () => status.wanted);
    const line = box.querySelector(".words");
    if (line.textContent !== words) line.textContent = words;
    const known = typeof status.share === "number", bar = box.querySelector("progress");
    const percent = known ? Math.round(100 * status.share) : 0;
    if (known) bar.value = percent;
    else bar.removeAttribute("value");
    box.querySelector(".share").textContent = known
      ? dataset.share.replace("{percent}", percent)
      : dataset.waiting;
    if (change && !form.contains(document.activeElement) && document.activeElement !== document.body) return;
    if (change) box.querySelector(".models-cancel").focus();
  }

  // Only another one than that which answers can be taken into use.
  function ready() {
    const form = part(".models-form");
    if (!form) return;
    const chosen = form.querySelector('input[name="model"]:checked');
    form.querySelector("[type=submit]").disabled = !chosen || chosen.value === current;
  }

  function announce(status) {
    const { dataset } = drawer();
    const quoting = status.current === "quote";
    yz.refresh();
    yz.say(quoting ? dataset.readyQuotation : dataset.ready.replace("{name}", () => status.title));
  }

  // Look until nothing is loaded any more; then say what came of it.
  async function follow(status) {
    if (polling) return;
    polling = true;
    try {
      while (status.wanted) {
        paint(status);
        await pause();
        status = await yz.json("/yz/models/status");
      }
      const changed = current !== null && status.current !== current;
      current = status.current;
      await fill();
      paint(status);
      tell(status.error);
      if (changed) announce(status);
    } catch (error) {
      tell(error.message);
    } finally {
      polling = false;
    }
  }

  async function look() {
    try {
      await fill();
      const status = await yz.json("/yz/models/status");
      if (current === null || !polling) current = status.current;
      if (status.wanted) follow(status);
      else paint(status);
    } catch (error) {
      const body = part(".drawer-body");
      if (body && !body.querySelector(".now")) body.textContent = error.message;
      else tell(error.message);
    }
  }

  async function post(url, sent) {
    tell("");
    try {
      const status = await yz.json(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(sent),
      });
      paint(status);
      follow(status);
      return status;
    } catch (error) {
      tell(error.message);
      return null;
    }
  }

  // It does not bubble, so that it is caught on its way down.
  document.addEventListener("yz:open", (event) => {
    if (event.target.id === "models") look();
  }, true);

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#models .models-form")) return;
    event.preventDefault();
    const chosen = part('input[name="model"]:checked');
    if (chosen) post("/yz/models", { name: chosen.value });
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("#models .models-form")) ready();
  });

  document.addEventListener("click", async (event) => {
    if (!event.target.closest || !event.target.closest("#models .models-cancel")) return;
    const status = await post("/yz/models/cancel", {});
    if (status && drawer()) yz.say(drawer().dataset.cancelled);
  });
})();
