/** Parts of rows as plain functions: a component for each icon and button would cost more than what it shows. */
import { busy } from '../../actions.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { icon } from '../icons.js';
import { STATUS_ICONS } from '../parts.js';

/** @typedef {import('../../rows.js').Row} Row */

/** The words of a status, or of the phase of what runs. @param {Row} row */
export function badge(row) {
  const status = row.$('status').value;
  const phase = status === 'downloading' ? row.$('phase').value : null;
  return html`<span class="badge" data-status=${status}>${icon(STATUS_ICONS[status] ?? 'clock')}${phase ? t(`phase.${phase}`) : t(`status.${status}`)}</span>`;
}

/** @param {Row} row @param {import('../../types.js').Signal<string>} words of its percentage @param {string} label */
export function bar(row, words, label) {
  return html`<div class="bar"><progress max="100" value=${row.$('progress_percentage')} aria-label=${label}></progress><span class="bar-number" aria-hidden="true">${words}</span></div>`;
}

/**
 * @param {{icon: string, label: string, kind?: string, name: string, onClick(): void}} props name: that of the action in `busy`
 */
export function button({ icon: shown, label, kind = '', name, onClick }) {
  const waits = busy.value.has(name);
  return html`<button key=${name} type="button" class=${`icon-button ${kind}`} aria-label=${label} title=${label} aria-disabled=${waits} onClick=${() => waits || onClick()}>${icon(shown)}</button>`;
}
