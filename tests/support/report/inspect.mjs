/** Sent to the browser as text, and evaluated there: all about the drawing of a page that a reader would trip over. */

function inspect() {
  // What is folded away must be in order too.
  for (const element of document.querySelectorAll("details")) element.open = true;
  const width = document.documentElement.clientWidth;
  const all = [...document.body.querySelectorAll("*")].filter(isShown);
  const texts = all.filter((element) => ownText(element) !== "");
  return {
    overflow: document.documentElement.scrollWidth - width,
    overlaps: [...document.querySelectorAll("svg.chart")].filter(isShown).flatMap(overlapsIn),
    wide: all.filter((element) => leaves(element, width)).map(nameOf),
    empty: [...document.querySelectorAll("svg")].filter(isEmpty).map((svg) => titleOf(svg) ?? "without a title"),
    faint: texts.flatMap((element) => {
      const ratio = contrastOf(element);
      return ratio < 4.5 ? [`${nameOf(element)} ${ratio.toFixed(2)}`] : [];
    }),
    texts: texts.length,
    charts: document.querySelectorAll("svg.chart").length,
    names: [...document.querySelectorAll("h3, .row-name")].filter(isShown).map(({ textContent }) => textContent),
    background: getComputedStyle(document.body).backgroundColor,
  };
}

function isShown(element) {
  return element.checkVisibility() && element.getClientRects().length > 0;
}

function isEmpty(svg) {
  const { width, height } = svg.getBoundingClientRect();
  return svg.checkVisibility() && (width < 1 || height < 1);
}

function ownText({ childNodes }) {
  const texts = [...childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
  return texts
    .map(({ data }) => data)
    .join("")
    .trim();
}

function nameOf(element) {
  return `${element.tagName} ${element.getAttribute("class") ?? ""} "${ownText(element).slice(0, 40)}"`;
}

function titleOf(svg) {
  return svg.querySelector("title")?.textContent;
}

function overlapsIn(svg) {
  const texts = [...svg.querySelectorAll("text")].map((element) => [element, element.getBoundingClientRect()]);
  return texts.flatMap(([element, box], index) =>
    texts
      .slice(index + 1)
      .filter(([, other]) => meet(box, other))
      .map(([other]) => `${nameOf(element)} meets ${nameOf(other)} in ${titleOf(svg)}`),
  );
}

/** A text's box is higher than its letters: two pixels of it may meet. */
function meet(a, b) {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return across > 1 && down > 2;
}

/** Tables scroll by themselves where they are wide. */
function leaves(element, width) {
  if (element.closest(".scroll")) return false;
  const { left, right } = element.getBoundingClientRect();
  return right > width + 1 || left < -1;
}

/** Contrast of text with what is behind it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrastOf(element) {
  const { fill, color } = getComputedStyle(element);
  const back = backgroundOf(element);
  const front = layered(back, parseColour(element instanceof SVGElement ? fill : color));
  const [high, low] = [luminanceOf(front), luminanceOf(back)].toSorted((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function backgroundOf(element) {
  if (element === null) return [255, 255, 255, 1];
  return layered(backgroundOf(element.parentElement), parseColour(getComputedStyle(element).backgroundColor));
}

function layered(below, top) {
  return [0, 1, 2].map((index) => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
}

/** "rgb(18, 20, 22)", "rgba(18, 20, 22, 0.5)". */
function parseColour(text) {
  const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
  return [red, green, blue, alpha];
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminanceOf(colour) {
  const [red, green, blue] = colour.slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

inspect();
