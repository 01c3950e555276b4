"""What a page does wrong for people who see, hear or operate it otherwise."""

from typing import cast

from playwright.sync_api import Page

# Source of the formulas: WCAG 2.2, relative luminance and contrast ratio.
_LOOK = """() => {
  const faults = [], all = (css) => [...document.querySelectorAll(css)];
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = colour(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const shown = (node) => node.checkVisibility() && !node.closest(".unseen, .skip, option");
  if (!document.documentElement.lang) faults.push("no lang");
  if (!document.title) faults.push("no title");
  if (all("h1").length !== 1) faults.push(`${all("h1").length} h1`);
  if (all("main").length !== 1) faults.push("no main");
  if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
  const ids = all("[id]").map((node) => node.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  for (const node of all("img")) if (!node.hasAttribute("alt")) faults.push(`no alt: ${node.src}`);
  for (const node of all("svg")) if (!node.ariaHidden) faults.push("an icon that is read out");
  for (const node of all("input:not([type=hidden])"))
    if (!node.labels.length) faults.push(`no label: ${node.name}`);
  for (const node of all("button, a, summary")) {
    if (!shown(node)) continue;
    const box = node.getBoundingClientRect(), name = node.ariaLabel || node.textContent.trim();
    if (!name) faults.push(`no name: ${node.outerHTML.slice(0, 80)}`);
    if (box.width < 24 || box.height < 24) faults.push(`too small to hit: ${name}`);
  }
  for (const node of all("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !shown(node) || node.closest(":disabled, noscript, script, style")) continue;
    const style = getComputedStyle(node), size = parseFloat(style.fontSize);
    const [a, b] = [light(colour(style.color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const enough = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < enough) faults.push(`contrast ${ratio.toFixed(2)}: ${node.textContent.trim()}`);
  }
  return faults;
}"""


def faults(page: Page) -> list[str]:
    """Each fault in a few words: names, labels, language, width, sizes and contrast (WCAG AA)."""
    page.wait_for_load_state()
    return cast("list[str]", page.evaluate(_LOOK))
