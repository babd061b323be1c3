/** Parts of rows as plain functions: a component for each icon and button would cost more than what it shows. */
import { busy } from '../../actions.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { icon } from '../icons.js';
import { STATUS_ICONS } from '../parts.js';
import { STRIP } from '../pictures/runs.js';

/** @typedef {import('../../rows.js').Row} Row */

/** Each status's colour in the strip, as a token. @type {Record<string, string>} */
const COLOURS = { completed: '--good-bar', downloading: '--accent-ground', failed: '--bad-bar', paused: '--warn-bar', queued: '--calm-bar', cancelled: '--track' };

/**
 * How a job's episodes stand, at a glance: a background, because a canvas for each row would cost more than the row. The
 * words beside it and the strip of the job's own view say the same. @param {Row} row
 */
export function strip(row) {
  const counts = row.$('episode_counts').value ?? {};
  const total = row.$('total_episodes').value;
  let from = 0;
  const stops = STRIP.filter((status) => counts[status] > 0).map((status) => {
    const to = from + (100 * counts[status]) / total;
    const stop = `var(${COLOURS[status]}) ${from.toFixed(2)}% ${to.toFixed(2)}%`;
    from = to;
    return stop;
  });
  return html`<div class="row-strip" aria-hidden="true" style=${{ backgroundImage: `linear-gradient(to right, ${stops.join(', ') || 'var(--track) 0 100%'})` }}></div>`;
}

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
