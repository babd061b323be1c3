/** One job in the grid with what stands under it: a group of rows, of which only those in sight are made. */
import { html, useEffect, useRef, useSignalEffect } from '../../dom.js';
import { EpisodeRow, MissingRow } from './episode_row.js';
import { JobRow, WordsRow } from './job_row.js';
import { failuresOf, isOpen, lengths, listOf, readFailures } from './unfolding.js';

/** @typedef {import('../../rows.js').Row} Row */
/**
 * @param {{job: Row, top: number, height: number, index: number, words: boolean, first: number, last: number,
 *   size: import('./layout.js').Heights}} props
 *   index: the place of its first row in the grid, from 1; first, last: which of its episodes are in sight
 */
export function Block({ job, top, height, index, words, first, last, size }) {
  const open = isOpen(job.id);
  const kept = useRef(/** @type {Map<string | number, {with: string, what: any}>} */ (new Map()));
  /** The same element again while nothing about it has changed: then nothing below is compared. @param {string | number} key @param {string} how @param {() => any} make */
  const same = (key, how, make) => {
    const old = kept.current.get(key);
    const fresh = old?.with === how ? old : { with: how, what: make() };
    next.set(key, fresh);
    return fresh.what;
  };
  /** @type {typeof kept.current} */
  const next = new Map();
  const rows = open ? listOf(job).rows.value : [...failuresOf(job).value, ...job.running.value];
  const start = size.job + (words ? size.words : 0);
  const seen = [];
  for (let place = first; place < last; place += 1) {
    const row = rows[place];
    const props = { top: start + place * size.episode, index: index + 1 + Number(words) + place };
    const how = `${props.top}/${props.index}`;
    seen.push(row ? same(row.key, how, () => html`<${EpisodeRow} key=${row.key} row=${row} ...${props} />`) : html`<${MissingRow} key=${`none-${place}`} ...${props} />`);
  }
  const inside = html`
    ${same('job', `${index}`, () => html`<${JobRow} key="job" row=${job} index=${index} />`)}
    ${words && same('words', `${index}/${size.job}`, () => html`<${WordsRow} key="words" row=${job} top=${size.job} index=${index + 1} />`)}
    ${seen}`;
  kept.current = next;
  return html`<div class="block" role="rowgroup" aria-label=${job.$('anime_title')} data-job=${job.id} data-status=${job.$('status')} style=${{ top: `${top}px`, height: `${height}px` }}>
    ${open ? html`<${ReadEpisodes} job=${job} wished=${last} />` : html`<${ReadFailures} job=${job} />`}
    ${inside}
  </div>`;
}

/** Reads the episodes that come into view. @param {{job: Row, wished: number}} props */
function ReadEpisodes({ job, wished }) {
  const list = listOf(job);
  useEffect(() => void list.need(wished), [list, wished, list.loading.value]);
  useSignalEffect(() => {
    const total = job.$('total_episodes').value;
    const known = list.total.peek();
    if (known !== null && known !== total && !list.loading.peek()) list.load().finally(() => (lengths.value += 1));
  });
  return null;
}

/** Reads the first episodes that failed. @param {{job: Row}} props */
function ReadFailures({ job }) {
  const failed = job.$('failed_episodes').value;
  useEffect(() => void (failed > 0 || failuresOf(job).peek().length ? readFailures(job) : null), [failed]);
  return null;
}
