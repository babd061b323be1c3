/** Changing the order by hand: a row's grip is dragged, or moved with Alt and the arrows. */
import { html, signal } from '../../dom.js';
import { nameOf } from '../../acting.js';
import { t } from '../../i18n.js';
import { drop, groupOf, move } from '../../moving.js';
import { announce } from '../../notices.js';
import { keyOf, selectedTargets, targetOf } from '../../selection.js';
import { meant } from '../../list.js';

/** @typedef {import('../../selection.js').Target} Target */
/** @typedef {{x: number, y: number, label: string, line: {top: number, left: number, width: number} | null}} Dragging */
/** @typedef {{target: Target, side: 'before' | 'after'}} Spot */

const BEGIN_PX = 5;
const EDGE_PX = 72;
const SCROLL_PX = 18;

const dragging = signal(/** @type {Dragging | null} */ (null));

/**
 * What makes a button a row's grip.
 * @param {import('../../rows.js').Row} row @param {Target['kind']} kind
 */
export function dragHandle(row, kind) {
  const target = { kind, id: row.id, row };
  return {
    type: 'button',
    class: 'grip',
    'aria-label': t('hands.grip', { title: nameOf(target) }),
    'aria-keyshortcuts': 'Alt+ArrowUp Alt+ArrowDown',
    title: t('hands.grip.hint'),
    onPointerDown: (/** @type {PointerEvent} */ event) => begin(event, target),
    onClick: (/** @type {Event} */ event) => event.stopPropagation(),
    onKeyDown: (/** @type {KeyboardEvent} */ event) => moveByKey(event, target),
  };
}

/** @param {KeyboardEvent} event @param {Target} target */
function moveByKey(event, target) {
  if (!event.altKey || event.ctrlKey || event.metaKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const up = event.key === 'ArrowUp';
  move([target], event.shiftKey ? (up ? 'top' : 'bottom') : up ? 'up' : 'down');
}

/** @param {PointerEvent} down @param {Target} target */
function begin(down, target) {
  if (down.button !== 0 || !down.isPrimary) return;
  const targets = meant(keyOf(target.kind, target.id), selectedTargets()).filter((other) => groupOf(other) === groupOf(target));
  const label = targets.length === 1 ? nameOf(target) : t('hands.entries', { count: targets.length });
  const end = new AbortController();
  const options = { signal: end.signal };
  const scroller = scrollerOf(/** @type {Element} */ (down.target));
  let last = down;
  let frame = 0;
  const look = () => {
    frame = requestAnimationFrame(look);
    scrollAtEdge(scroller, last.clientY);
    const spot = spotAt(last.clientY, target);
    dragging.value = { x: last.clientX, y: last.clientY, label, line: spot && lineOf(spot) };
  };
  const finish = (/** @type {boolean} */ dropped) => {
    const spot = dropped && dragging.peek() ? spotAt(last.clientY, target) : null;
    end.abort();
    cancelAnimationFrame(frame);
    dragging.value = null;
    if (spot) drop(targets, spot.target, spot.side);
  };
  down.preventDefault(); // no text is selected, nothing is scrolled
  /** @type {HTMLElement} */ (down.currentTarget).focus();
  document.addEventListener('pointermove', (event) => {
    last = event;
    if (!frame && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) >= BEGIN_PX) look();
  }, options);
  document.addEventListener('pointerup', () => finish(true), options);
  document.addEventListener('pointercancel', () => finish(false), options);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    finish(false);
    announce(t('hands.move.stays', { title: label }));
  }, { ...options, capture: true });
}

/** Where it would go: beside the nearest row that it can change places with. @param {number} y @param {Target} target @returns {Spot | null} */
function spotAt(y, target) {
  let nearest = /** @type {{distance: number, spot: Spot} | null} */ (null);
  for (const element of document.querySelectorAll('main [data-key]')) {
    const other = targetOf(/** @type {string} */ (element.getAttribute('data-key')));
    if (!other || other.kind !== target.kind || groupOf(other) !== groupOf(target)) continue;
    const { top, bottom } = element.getBoundingClientRect();
    const middle = (top + bottom) / 2;
    const distance = Math.abs(y - middle);
    if (!nearest || distance < nearest.distance) nearest = { distance, spot: { target: other, side: y < middle ? 'before' : 'after' } };
  }
  return nearest && nearest.spot;
}

/** @param {Spot} spot @returns {Dragging['line']} */
function lineOf({ target, side }) {
  const box = document.querySelector(`main [data-key="${keyOf(target.kind, target.id)}"]`)?.getBoundingClientRect();
  return box ? { top: side === 'before' ? box.top : box.bottom, left: box.left, width: box.width } : null;
}

/** @param {Element} element @returns {Element} what scrolls */
function scrollerOf(element) {
  for (let up = element.parentElement; up; up = up.parentElement) {
    if (up.scrollHeight > up.clientHeight && /auto|scroll/.test(getComputedStyle(up).overflowY)) return up;
  }
  return /** @type {Element} */ (document.scrollingElement);
}

/** @param {Element} scroller @param {number} y */
function scrollAtEdge(scroller, y) {
  const whole = scroller === document.scrollingElement;
  const { top, bottom } = whole ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
  const above = Math.min(1, Math.max(0, (top + EDGE_PX - y) / EDGE_PX));
  const below = Math.min(1, Math.max(0, (y - bottom + EDGE_PX) / EDGE_PX));
  if (above || below) scroller.scrollBy({ top: (below - above) * SCROLL_PX, behavior: 'instant' });
}

/** The line where it would go, and what is on its way. */
export function DragPicture() {
  const shown = dragging.value;
  if (!shown) return null;
  const { x, y, label, line } = shown;
  const at = (/** @type {HTMLElement | null} */ element, /** @type {Record<string, number>} */ places) => {
    for (const [name, value] of Object.entries(places)) element?.style.setProperty(name, `${value}px`);
  };
  return html`<div aria-hidden="true" class="dragging">
    ${line && html`<div class="drop-line" ref=${(/** @type {any} */ element) => at(element, line)}></div>`}
    <div class="drag-label" dir="auto" ref=${(/** @type {any} */ element) => at(element, { left: x + 14, top: y + 10 })}>${label}</div>
  </div>`;
}
