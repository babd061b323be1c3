/** What every row has for hands: whether it is selected, the grip, the button to its menu. */
import { computed, html, useState } from '../../dom.js';
import { nameOf } from '../../acting.js';
import { FITS } from '../../fits.js';
import { t } from '../../i18n.js';
import { isSelected, keyOf } from '../../selection.js';
import { icon } from '../icons.js';
import { dragHandle } from './drag.js';
import { openFor, tabbable } from './rows.js';

/** @typedef {import('../../rows.js').Row} Row */
/** @typedef {import('../../selection.js').Target['kind']} Kind */

/** Attributes of a row, each a signal: a selection redraws no row. @param {string} key */
export function useRow(key) {
  return useState(() => ({ 'data-key': key, 'aria-selected': isSelected(key), tabindex: computed(() => (tabbable.value === key ? 0 : -1)) }))[0];
}

/** Nothing for what has ended: its place means nothing. @param {{row: Row, kind: Kind}} props */
export function Grip({ row, kind }) {
  if (!FITS.move({ kind, id: row.id, row })) return html`<span class="grip-space"></span>`;
  return html`<button ...${dragHandle(row, kind)} tabindex="-1">${icon('grip-vertical')}</button>`;
}

/** @param {{row: Row, kind: Kind}} props */
export function More({ row, kind }) {
  const label = t('hands.more_of', { title: nameOf({ kind, id: row.id, row }) });
  return html`<button type="button" class="icon-button more-commands" aria-haspopup="menu" aria-label=${label} title=${label}
    onClick=${(/** @type {MouseEvent} */ event) => openFor(keyOf(kind, row.id), /** @type {Element} */ (event.currentTarget))}>
    ${icon('ellipsis-vertical')}
  </button>`;
}
