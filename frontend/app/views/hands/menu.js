/** The context menu: commands for what is meant, at the pointer or beside a button. Arrows, first letters, Escape; the focus returns. */
import { commandsFor } from '../../commands.js';
import { html, signal, useEffect, useLayoutEffect, useRef } from '../../dom.js';
import { t } from '../../i18n.js';
import { nameOf } from '../../acting.js';
import { Icon } from '../parts.js';
import { Keys } from './chord.js';

/** @typedef {import('../../selection.js').Target} Target */
/** @typedef {{name: string, icon: string, label: string, group: number, key?: string, danger?: boolean, checked?: boolean, run(): unknown}} Item */
/** @typedef {{label: string, items: Item[], at: {x: number, y: number, above: number}, opener: HTMLElement | null, keyed: boolean}} Menu above: where it goes when it does not fit below */

const MARGIN = 8;
const menu = signal(/** @type {Menu | null} */ (null));

/**
 * @param {MouseEvent | Element} origin the pointer's event, else the element beside which it opens
 * @param {readonly Target[]} targets what the commands are for
 */
export function openMenu(origin, targets) {
  if (targets.length === 0) return;
  const items = commandsFor(targets).map((command) => ({ ...command, label: t(`command.${command.name}`), run: () => command.run(targets) }));
  const label = targets.length === 1 ? nameOf(targets[0]) : t('hands.selected', { count: targets.length });
  openItems(origin, label, items);
}

/** A menu of any items. @param {MouseEvent | Element} origin @param {string} label @param {Item[]} items */
export function openItems(origin, label, items) {
  const element = /** @type {Element} */ (origin instanceof Element ? origin : origin.target);
  const box = element.getBoundingClientRect();
  const pointed = !(origin instanceof Element) && (origin.clientX !== 0 || origin.clientY !== 0);
  const at = pointed ? { x: origin.clientX, y: origin.clientY, above: origin.clientY } : { x: box.left, y: box.bottom, above: box.top };
  const opener = /** @type {HTMLElement | null} */ (element.closest('button, [data-key]') ?? document.activeElement);
  if (!(origin instanceof Element)) origin.preventDefault();
  menu.value = { label, items, at, opener, keyed: !pointed };
}

/** @param {boolean} back whether the focus goes back to where it was */
function close(back) {
  const opener = menu.peek()?.opener;
  menu.value = null;
  if (back && opener?.isConnected) opener.focus();
}

export function ContextMenu() {
  const shown = menu.value;
  return shown && html`<aside aria-label=${t('hands.menu')}><${MenuList} key=${shown} shown=${shown} /></aside>`;
}

/** @param {{shown: Menu}} props */
function MenuList({ shown }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (!box.current) return;
    box.current.showPopover();
    place(box.current, shown.at);
    /** @type {HTMLElement} */ (box.current.querySelector('[role^="menuitem"]')).focus();
  }, []);
  useEffect(() => leaveWhenLeft(box), []);
  const choose = (/** @type {Item} */ item) => {
    close(true);
    item.run();
  };
  return html`<div ref=${box} class="menu" role="menu" popover="manual" tabindex="-1" aria-label=${shown.label} onKeyDown=${handleKey} onContextMenu=${(/** @type {Event} */ event) => event.preventDefault()}>
    <p class="menu-title words" dir="auto" aria-hidden="true">${shown.label}</p>
    ${shown.items.map(
      (item, index) => html`${index > 0 && item.group !== shown.items[index - 1].group && html`<hr key=${`before-${item.name}`} />`}
        <button key=${item.name} type="button" role=${item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'} aria-checked=${item.checked}
          class=${item.danger ? 'menu-item danger' : 'menu-item'} tabindex="-1" onClick=${() => choose(item)} onPointerMove=${hover}>
          <${Icon} name=${item.checked ? 'check' : item.icon} /><span>${item.label}</span><${Keys} chord=${item.key} />
        </button>`,
    )}
  </div>`;
}

/** @param {PointerEvent} event */
function hover(event) {
  if (event.pointerType === 'mouse') /** @type {HTMLElement} */ (event.currentTarget).focus({ preventScroll: true });
}

/** In the window, whole. @param {HTMLElement} box @param {Menu['at']} at */
function place(box, { x, y, above }) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const fitsBelow = y + height + MARGIN <= innerHeight;
  const top = fitsBelow ? y : above - height >= MARGIN ? above - height : innerHeight - height - MARGIN;
  const left = document.dir === 'rtl' ? x - width : x;
  box.style.top = `${Math.max(MARGIN, top)}px`;
  box.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
}

/** @param {{current: HTMLElement | null}} box */
function leaveWhenLeft(box) {
  const leave = new AbortController();
  const options = { capture: true, signal: leave.signal };
  const inside = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target));
  document.addEventListener('pointerdown', (event) => inside(event) || close(false), options);
  document.addEventListener('scroll', (event) => inside(event) || close(false), options);
  window.addEventListener('resize', () => close(false), options);
  window.addEventListener('blur', () => close(false), { signal: leave.signal });
  window.addEventListener('hashchange', () => close(false), options);
  return () => leave.abort();
}

/** @param {KeyboardEvent} event */
function handleKey(event) {
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const items = /** @type {HTMLElement[]} */ ([...box.querySelectorAll('[role^="menuitem"]')]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const goTo = (/** @type {number} */ index) => items.at(index % items.length)?.focus();
  if (event.key === 'ArrowDown') goTo(at + 1);
  else if (event.key === 'ArrowUp') goTo(at < 0 ? -1 : at - 1);
  else if (event.key === 'Home') goTo(0);
  else if (event.key === 'End') goTo(-1);
  else if (event.key === 'Escape' || event.key === 'Tab') close(true);
  else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) goTo(begins(items, at, event.key));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The next item that begins with a letter, round the end. @param {HTMLElement[]} items @param {number} at @param {string} letter */
function begins(items, at, letter) {
  const words = (/** @type {HTMLElement} */ item) => (item.querySelector('span')?.textContent ?? '').toLowerCase();
  const later = [...items.keys()].map((index) => (index + at + 1) % items.length);
  return later.find((index) => words(items[index]).startsWith(letter.toLowerCase())) ?? at;
}
