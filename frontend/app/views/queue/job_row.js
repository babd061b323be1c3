/** A job's row: what it is, how far, how fast, what can be done; and beneath it what went wrong, in words. */
import { html, useComputed } from '../../dom.js';
import { clock, duration, integer, moment, percent, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { hasEnded } from '../../state.js';
import { errorWords, reasonWords } from '../../words.js';
import { Grip, More, useRow } from '../hands/row_parts.js';
import { icon } from '../icons.js';
import { Moves } from './moves.js';
import { badge, bar, strip } from './row_parts.js';
import { isOpen, toggle } from './unfolding.js';

/** @typedef {import('../../rows.js').Row} Row */

const RETRY = ['retry'];
/** @type {string[]} */
const NOTHING = [];

/** @param {{row: Row, index: number}} props */
export function JobRow({ row, index }) {
  const title = row.$('anime_title');
  const status = row.$('status').value;
  const ended = hasEnded(status);
  const share = useComputed(() => percent(row.$('progress_percentage').value));
  const counter = useComputed(() => `${integer(row.$('completed_episodes').value)}/${integer(row.$('total_episodes').value)}`);
  return html`<div class="row job-row" role="row" aria-level="1" aria-rowindex=${index} aria-expanded=${isOpen(row.id)} ...${useRow(`job:${row.id}`)}>
    <div class="cell name" role="gridcell">
      <${Grip} row=${row} kind="job" />
      ${unfoldButton(row)}
      <div class="name-words">
        <h3 class="job-title" dir="auto" title=${title}><a href=${href('job', row.id)}>${title}</a></h3>
        ${under(row, status)}
      </div>
    </div>
    <div class="cell state" role="gridcell">${badge(row)}</div>
    <div class="cell share" role="gridcell">${bar(row, share, t('job.progress', { title: title.value }))}${row.$('total_episodes').value > 1 && strip(row)}</div>
    <div class="cell counter" role="gridcell"><span class="unseen">${t('job.episodes')} </span><span class="figure" data-testid="counter">${counter}</span></div>
    ${ended ? endedCell(row) : html`<${Rates} row=${row} />`}
    <div class="cell moves" role="gridcell"><${Moves} kind="jobs" row=${row} title=${title.value} extra=${!ended && (row.$('failed_episodes').value > 0 || row.$('reason').value === 'needs_person') ? RETRY : NOTHING} /><${More} row=${row} kind="job" /></div>
  </div>`;
}

/** @param {Row} row */
function unfoldButton(row) {
  const open = isOpen(row.id);
  const label = t(open ? 'job.fold' : 'job.unfold', { count: row.$('total_episodes').value });
  return html`<button type="button" class="icon-button unfold" aria-expanded=${open} aria-label=${label} title=${label} onClick=${() => toggle(row.id)}>${icon('chevron-right')}</button>`;
}

/** In small beneath the title: language, provider, why it waits. @param {Row} row @param {string} status */
function under(row, status) {
  const reason = status === 'queued' || status === 'paused' ? waitingWords(row) : '';
  const tags = [row.$('language').value, row.$('provider').value].filter(Boolean);
  return html`<p class="under">${tags.map((tag) => html`<span class="tag" dir="auto">${tag}</span>`)}${reason && html`<span class="reason" title=${reason}>${reason}</span>`}</p>`;
}

/** Why it waits and, where that is known, until when. @param {Row} row */
export function waitingWords(row) {
  const until = row.$('reason_until').value;
  const words = reasonWords(row);
  return words && until ? `${t('queue.until', { time: clock(new Date(until)) })} ${words}` : words;
}

/** @param {{row: Row}} props */
export function Rates({ row }) {
  const rate = useComputed(() => speed(row.$('speed_bytes_per_s').value));
  const left = useComputed(() => duration(row.$('eta_seconds').value));
  return html`<div class="cell speed" role="gridcell"><span class="figure">${rate}</span></div>
    <div class="cell eta" role="gridcell"><span class="figure">${left}</span></div>`;
}

/** @param {Row} row */
function endedCell(row) {
  const when = row.$('completed_at').value;
  return html`<div class="cell ended" role="gridcell" aria-colspan="2">${when && html`<span class="soft">${t('job.ended')}</span> <time datetime=${when}>${moment(when)}</time>`}</div>`;
}

/** What went wrong and how to mend it. @param {{row: Row, top: number, index: number}} props */
export function WordsRow({ row, top, index }) {
  const error = row.$('error').value;
  const words = error ? errorWords(error) : t('job.failed', { count: row.$('failed_episodes').value });
  return html`<div class="row words-row" role="row" aria-level="2" aria-rowindex=${index} tabindex="-1" data-key=${`words:${row.id}`} style=${{ top: `${top}px` }}>
    <div class="cell fault" role="gridcell" aria-colspan="7">${icon('circle-alert')}<p class="words" dir="auto" title=${words}>${words}</p></div>
  </div>`;
}
