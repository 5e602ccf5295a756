"""What is wrong with a page: for readers who cannot see or point, and for what strangers wrote.

Each function takes a Playwright page and returns lines for a person to read; none means all is
well.
"""

from importlib.resources import files

# Where foreign words stand. The first are the messages without what Gradio draws around them.
TALK = "#chat .message-content"
ROOMS = "#panel, #side, #reading, dialog.drawer"

_OWN = "a b strong br div em header li p small span time ul ol bdi q cite"
_TALK_TAGS = f"{_OWN} button details summary svg path section h3 h4 mark"
_ROOM_TAGS = (
    f"{_OWN} article aside button dd del details dialog dl dt footer h1 h2 h3 h4 hgroup "
    "ins kbd label main mark nav progress section summary"
)
_ROOM_FORMS = "form input select option textarea fieldset legend datalist"  # of the drawers alone
_ATTRIBUTES = (
    "class id href lang dir title tabindex type role open hidden for name value disabled checked "
    "datetime rel target download method placeholder autocomplete min max maxlength accept "
    "multiple selected spellcheck inputmode rows required readonly list webkitdirectory directory"
)

_FOREIGN = """
([talk, rooms, talkTags, roomTags, forms, attributes]) => {
  const found = [];
  const known = new Set(attributes.split(" "));
  const told = (node, why) => found.push(`${why}: ${node.outerHTML.slice(0, 160)}`);
  const forged = (node) => node.hasAttribute("data-forged") ||
    /forged/.test(["id", "class", "is", "name"].map((name) => node.getAttribute(name)).join(" "));
  const examine = (root, tags) => root.querySelectorAll("*").forEach((node) => {
    const tag = node.localName;
    const drawer = node.closest("dialog.drawer");
    if (!tags.has(tag) && !(drawer && forms.has(tag)) && !node.closest("svg.icon")) {
      told(node, `<${tag}>`);
    }
    for (const { name, value } of node.attributes) {
      const gradios = name === "style" && /\\bsvelte-/.test(node.className);
      const plain = gradios || known.has(name) || /^(data-|aria-|svelte-)/.test(name);
      if (!plain && node.namespaceURI.endsWith("xhtml")) told(node, `attribute ${name}`);
      if (name === "href" && new URL(value, location.href).origin !== location.origin) {
        told(node, "foreign address");
      }
    }
  });
  const set = (words) => new Set(words.split(" "));
  forms = set(forms);
  document.querySelectorAll(talk).forEach((root) => examine(root, set(talkTags)));
  document.querySelectorAll(rooms).forEach((root) => examine(root, set(roomTags)));
  document.querySelectorAll("*").forEach((node) => { if (forged(node)) told(node, "forged"); });
  document.querySelectorAll("body *").forEach((node) => {
    if (node.matches("img, iframe, object, embed, video, audio, frame, math")) told(node, "loads");
  });
  if (window.owned !== undefined || {}.owned !== undefined) found.push("window.owned is set");
  return [...new Set(found)];
}
"""


def foreign(page: object) -> list[str]:
    """Elements, attributes and addresses that the page does not make by itself."""
    arguments = [TALK, ROOMS, _TALK_TAGS, _ROOM_TAGS, _ROOM_FORMS, _ATTRIBUTES]
    return page.evaluate(_FOREIGN, arguments)


_BROKEN = """
([talk, rooms, box]) => {
  const found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`the page is ${wide} px wide in a window of ${innerWidth}`);
  const field = document.querySelector(box);
  const place = field && field.getBoundingClientRect();
  if (!place || place.height < 16 || place.width < 120 || field.disabled) {
    found.push("the box cannot be used");
  } else if (place.top < 0 || place.bottom > innerHeight + 1) {
    found.push(`the box is out of sight (${Math.round(place.top)} to ${Math.round(place.bottom)})`);
  } else {
    const top = document.elementFromPoint(place.left + place.width / 2, place.top + 12);
    if (top !== field) found.push(`the box is covered by ${top && top.outerHTML.slice(0, 100)}`);
  }
  const clips = (node) => /auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX);
  document.querySelectorAll(`${talk}, ${rooms}`).forEach((root) => {
    const column = (root.closest("#chat") || root).getBoundingClientRect();
    if (!column.width) return;
    root.querySelectorAll("*").forEach((node) => {
      const own = node.getBoundingClientRect();
      if (!own.width || own.height < 2) return;
      // The padding of a label may stand in the margin; its words may not.
      if (own.left >= column.left - 8 && own.right <= column.right + 8) return;
      for (let outer = node.parentElement; outer; outer = outer.parentElement) {
        if (clips(outer) && outer.getBoundingClientRect().right <= column.right + 2) return;
        if (outer === root) break;
      }
      found.push(`${Math.round(own.left)} to ${Math.round(own.right)} px in a column of ` +
        `${Math.round(column.left)} to ${Math.round(column.right)}: ` +
        node.outerHTML.slice(0, 120));
    });
  });
  return found;
}
"""


def broken(page: object) -> list[str]:
    """Where the layout gives way: sideways scrolling, a lost box, words wider than a column."""
    return page.evaluate(_BROKEN, [TALK, ROOMS, "#box textarea"])


_TANGLED = r"""
([talk, rooms]) => {
  const rtl = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  const strong = /[\p{L}\p{N}]/u;
  const alone = (node) => /isolate|plaintext/.test(getComputedStyle(node).unicodeBidi);
  const inline = (node) => /^inline/.test(getComputedStyle(node).display);
  const block = (node) => { while (inline(node)) node = node.parentElement; return node; };
  const found = new Map();
  const roots = document.querySelectorAll(`${talk}, ${rooms}`);
  roots.forEach((root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      if (!rtl.test(text.data)) continue;
      const line = block(text.parentElement);
      let apart = text.parentElement;
      while (apart !== line && !alone(apart)) apart = apart.parentElement;
      if (apart !== line) continue;
      // Alone in its block it can only turn itself around; the block should say its direction.
      const shared = [...line.childNodes].some((node) => !node.contains(text) &&
        (node.nodeType === 3 || node.nodeType === 1) && strong.test(node.textContent)) ||
        /[·›]/.test(text.data);
      const name = `${line.localName}.${[...line.classList].join(".")}`;
      const plain = /plaintext/.test(getComputedStyle(line).unicodeBidi) || line.dir === "auto";
      if (shared) found.set(`${name}: not apart from other words`, text.data.slice(0, 60));
      else if (!plain) found.set(`${name}: has no direction of its own`, text.data.slice(0, 60));
    }
  });
  return [...found].map(([why, words]) => `${why}: ${words}`);
}
"""


def tangled(page: object) -> list[str]:
    """Words written from right to left that can reorder the words beside them."""
    return page.evaluate(_TANGLED, [TALK, ROOMS])


_AXE = """
async (rules) => {
  const report = await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: { type: "tag", values: rules },
  });
  return report.violations
    .filter((finding) => finding.impact === "serious" || finding.impact === "critical")
    .flatMap((finding) => finding.nodes.map((node) => {
      const why = node.failureSummary.split("\\n").slice(1).map((line) => line.trim()).join("; ");
      return `${finding.impact} ${finding.id} at ${node.target.join(" ")}: ${why}`;
    }));
}
"""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def serious(page: object) -> list[str]:
    """Serious and critical findings of axe-core, with their places.

    Best practices are looked at too, since some of them are serious. The page is waited for until
    nothing fades any more: half a colour has no contrast.
    """
    page.wait_for_function("() => !document.getAnimations().some(a => a.playState === 'running')")
    if not page.evaluate("typeof axe === 'object'"):
        axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
        page.evaluate(axe)  # not as a script element: the page's policy may forbid those
    return page.evaluate(_AXE, _RULES)
