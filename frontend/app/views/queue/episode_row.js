/** An episode's row: a bar, speed and time left while it runs, else why it waits, what went wrong, or where the file is. */
import { html, useComputed } from '../../dom.js';
import { percent } from '../../format.js';
import { t } from '../../i18n.js';
import { settings } from '../../state.js';
import { errorWords, placeWords } from '../../words.js';
import { Rates, waitingWords } from './job_row.js';
import { Grip, More, useRow } from '../hands/row_parts.js';
import { Moves } from './moves.js';
import { badge, bar } from './row_parts.js';

/** @typedef {import('../../rows.js').Row} Row */

/** @param {{row: Row, top: number, index: number}} props */
export function EpisodeRow({ row, top, index }) {
  const place = placeWords({ season: row.$('season').value, number: row.$('number').value, position: row.data.position });
  const title = row.$('title').value;
  const runs = row.$('status').value === 'downloading';
  const share = useComputed(() => percent(row.$('progress_percentage').value));
  return html`<div class="row episode-row" role="row" aria-level="2" aria-rowindex=${index} ...${useRow(`episode:${row.id}`)} data-status=${row.$('status')} data-phase=${row.$('phase')} style=${{ top: `${top}px` }}>
    <div class="cell name" role="gridcell"><${Grip} row=${row} kind="episode" /><p class="episode-name" title=${title}><span class="place">${place}</span>${title && html` <span class="episode-title" dir="auto">${title}</span>`}</p></div>
    <div class="cell state" role="gridcell">${badge(row)}</div>
    ${runs
      ? html`<div class="cell share" role="gridcell">${bar(row, share, t('episode.progress', { title: place }))}</div>
          <${Rates} row=${row} />`
      : html`<${AtRest} row=${row} />`}
    <div class="cell moves" role="gridcell"><${Moves} kind="episodes" row=${row} title=${place} /><${More} row=${row} kind="episode" /></div>
  </div>`;
}

/** @param {{row: Row}} props */
function AtRest({ row }) {
  const share = useComputed(() => {
    const value = row.$('progress_percentage').value;
    return row.$('status').value !== 'completed' && value > 0 ? percent(value) : '';
  });
  return html`<div class="cell rest" role="gridcell" aria-colspan="3"><span class="figure soft">${share}</span>${words(row)}</div>`;
}

/** @param {Row} row */
function words(row) {
  const status = row.$('status').value;
  const error = row.$('error').value;
  const path = row.$('path').value;
  if (status === 'completed') {
    return path && file(path, row.$('existing').value);
  }
  const reason = status === 'queued' || status === 'paused' ? waitingWords(row) : '';
  if (error) return html`<p class="fault words" dir="auto" title=${errorWords(error)}>${reason && !reason.includes(errorWords(error)) ? `${reason} ` : ''}${errorWords(error)}</p>`;
  return reason && html`<p class="reason words" title=${reason}>${reason}</p>`;
}

/** The file, and in soft where it lies. @param {string} path relative to the download folder @param {boolean} existing */
function file(path, existing) {
  const root = settings.value.download_dir;
  const parts = path.split('/');
  const name = parts.pop();
  const folder = [root, ...parts].filter(Boolean).join('/');
  return html`<p class="path words" title=${`${folder}/${name}`}>${existing && html`<span class="tag">${t('episode.existing')}</span> `}${name}<span class="soft"><span class="unseen">${t('episode.folder')}</span> <span>${folder}</span></span></p>`;
}

/** One that is still being read. @param {{top: number, index: number}} props */
export function MissingRow({ top, index }) {
  return html`<div class="row episode-row missing" role="row" aria-level="2" aria-rowindex=${index} aria-busy="true" style=${{ top: `${top}px` }}>
    <div class="cell name" role="gridcell"><span class="unseen">${t('queue.reading')}</span></div>
  </div>`;
}
