/** Icons: copies of the sprite's shapes. A reference to the sprite (`<use>`) costs the browser many times as much. */
import { html } from '../dom.js';

/** @type {Map<string, DocumentFragment>} */
const shapes = new Map();
/** Drawn before the sprite was here. @type {Set<SVGElement>} */
let waiting = new Set();
let asked = false;

async function fetchSprite() {
  const response = await fetch(new URL('../../vendor/icons.svg', import.meta.url));
  if (!response.ok) return;
  const sprite = new DOMParser().parseFromString(await response.text(), 'image/svg+xml');
  for (const symbol of sprite.querySelectorAll('symbol')) {
    const shape = document.createDocumentFragment();
    shape.append(...[...symbol.children].map((child) => document.importNode(child, true)));
    shapes.set(symbol.id, shape);
  }
  const filled = waiting;
  waiting = new Set();
  filled.forEach(fill);
}

/** @param {SVGElement | null} element */
function fill(element) {
  if (!element || element.firstChild) return;
  const shape = shapes.get(element.dataset.icon ?? '');
  if (shape) element.append(shape.cloneNode(true));
  else if (shapes.size === 0) waiting.add(element);
}

/** Decoration: what it means stands beside it in words. @param {string} name */
export function icon(name) {
  if (!asked) {
    asked = true;
    fetchSprite().catch(() => (asked = false)); // without the sprite the words are still there
  }
  return html`<svg key=${name} ref=${fill} class="icon shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false" data-icon=${name}></svg>`;
}
