/** What hands do on the rows of a list: the handlers of the element that holds them. A row is what has `data-key`. */
import { computed, signal, useEffect, useSignalEffect } from '../../dom.js';
import { keyAt, list, meant } from '../../list.js';
import { clearSelection, keepVisible, select, selected, selectedTargets } from '../../selection.js';
import { openMenu } from './menu.js';

const LONG_PRESS_MS = 500;
const STILL_PX = 10;
const FRAMES_TO_WAIT = 10;
const ACTIVE = 'a, button, input, select, textarea, summary, label, [role="button"], [role="menu"]';

/** The row that has, or had last, the focus. */
const current = signal(/** @type {string | null} */ (null));
/** Those that stood below and above it. @type {string[]} */
let beside = [];
/** The one row that Tab leads to: that one while it is there, else the first. */
export const tabbable = computed(() => {
  if (!list.value) return null;
  return current.value !== null && list.value.holds(current.value) ? current.value : list.value.first();
});

/**
 * @param {import('../../list.js').List} shown lent to the keyboard while the view is shown
 * @returns {Record<string, (event: any) => void>} handlers for the element that holds the rows
 */
export function useRows(shown) {
  useEffect(() => {
    list.value = shown;
    return () => {
      if (list.peek() === shown) list.value = null;
      clearSelection();
    };
  }, [shown]);
  useSignalEffect(() => {
    if (selected.value.size > 0) keepVisible(shown.holds);
  });
  useSignalEffect(() => {
    if (current.value !== null && !shown.holds(current.value)) comeNear(shown);
  });
  return HANDLERS;
}

/** The row that had the focus has gone: the one beside it gets it, unless somebody is elsewhere by now. @param {import('../../list.js').List} shown */
function comeNear(shown) {
  const next = beside.find(shown.holds) ?? shown.first();
  current.value = next;
  if (next !== null) focusWhenFree(() => shown.focus(next));
}

/** The row that goes is still drawn for a moment. @param {() => void} focus @param {number} [frames] how many to wait */
function focusWhenFree(focus, frames = FRAMES_TO_WAIT) {
  if (document.activeElement === document.body) focus();
  else if (frames > 0) requestAnimationFrame(() => focusWhenFree(focus, frames - 1));
}

/** Where a finger rests, until it has rested long enough. */
let pressed = { timer: 0, x: 0, y: 0 };

const HANDLERS = {
  /** @param {MouseEvent} event */
  onClick(event) {
    const element = /** @type {Element} */ (event.target);
    const key = keyAt(element);
    if (key === null || element.closest(ACTIVE) || String(getSelection())) return;
    const touched = /** @type {PointerEvent} */ (event).pointerType === 'touch' && selected.peek().size > 0;
    const order = list.value?.order() ?? [];
    select(key, { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey || touched }, order);
  },
  /** @param {MouseEvent} event */
  onMouseDown(event) {
    const key = keyAt(/** @type {Element} */ (event.target));
    if (!event.shiftKey || key === null) return;
    event.preventDefault(); // Shift selects rows, not their text
    list.value?.focus(key);
  },
  /** The menu's own keys: not every browser makes an event of them. @param {KeyboardEvent} event */
  onKeyDown(event) {
    const row = /** @type {Element} */ (event.target);
    const key = row.getAttribute('data-key');
    if (key === null || !(event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) return;
    event.preventDefault();
    openFor(key, row);
  },
  /** @param {MouseEvent} event */
  onContextMenu(event) {
    clearTimeout(pressed.timer);
    const key = keyAt(/** @type {Element} */ (event.target));
    if (key !== null) openFor(key, event);
  },
  /** @param {PointerEvent} event */
  onPointerDown(event) {
    const element = /** @type {Element} */ (event.target);
    const key = keyAt(element);
    clearTimeout(pressed.timer);
    pressed = { timer: 0, x: event.clientX, y: event.clientY };
    if (key === null || event.pointerType !== 'touch' || element.closest(ACTIVE)) return;
    pressed.timer = window.setTimeout(() => {
      document.addEventListener('touchend', (end) => end.preventDefault(), { once: true, capture: true, passive: false }); // else it clicks what opened under it
      openFor(key, event);
    }, LONG_PRESS_MS);
  },
  /** @param {PointerEvent} event */
  onPointerMove(event) {
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STILL_PX) clearTimeout(pressed.timer);
  },
  onPointerUp() {
    clearTimeout(pressed.timer);
  },
  onPointerCancel() {
    clearTimeout(pressed.timer);
  },
  /** @param {FocusEvent} event */
  onFocusIn(event) {
    const key = keyAt(/** @type {Element} */ (event.target));
    if (key === null) return;
    current.value = key;
    const places = list.value?.places() ?? [];
    const at = places.indexOf(key);
    beside = [places[at + 1], places[at - 1]].filter(Boolean);
  },
};

/** @param {string} key @param {MouseEvent | Element} origin */
export function openFor(key, origin) {
  openMenu(origin, meant(key, selectedTargets()));
}
