/** The virtual grid: only what is seen, and a little around it, is in the page. */
import { computed, html, signal, useEffect, useLayoutEffect, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { Block } from './block.js';
import { anchorAt, blockAt, blockHeight, episodesWithin, grown, layOut, offsetOf } from './layout.js';
import { listed, need, unread } from './listing.js';
import { structure } from '../../state.js';
import { isOpen, lengths, shownCount } from './unfolding.js';

/** @typedef {import('../../rows.js').Row} Row */
/** @typedef {import('./layout.js').Layout & {jobs: Row[], items: import('./layout.js').Item[], keys: number[]}} Laid */

/** Rows are made this far beyond what is seen, in windows' heights, and made anew when less than half of that is left. */
const BEYOND = 0.75;
/** More new rows than these would make a frame too long. */
const ROWS_AT_ONCE = 2;
const COLUMNS = ['name', 'state', 'share', 'counter', 'speed', 'eta', 'moves'];

/** In CSS pixels, as the style sheet has them. @type {import('../../types.js').Signal<import('./layout.js').Heights>} */
export const heights = signal({ job: 60, words: 40, episode: 36, gap: 8 });

/** Whether a job has something to say beneath it. @param {Row} row */
export function hasWords(row) {
  return Boolean(row.data.error) || row.data.failed_episodes > 0;
}

/** @type {import('../../types.js').Signal<Laid>} */
export const laid = computed(() => {
  const jobs = listed.value;
  const stale = structure.value + lengths.value >= 0;
  const items = stale ? jobs.map((row) => ({ words: hasWords(row), episodes: ((isOpen(row.id)), shownCount(row)) })) : [];
  return { ...layOut(items, heights.value), jobs, items, keys: jobs.map((row) => row.id) };
});

/** @param {Element} element */
function measured(element) {
  const style = getComputedStyle(element);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const height = (/** @type {string} */ name) => Math.round(Number.parseFloat(style.getPropertyValue(`--${name}-height`)) * rem);
  return { job: height('job'), words: height('words'), episode: height('episode'), gap: height('gap') };
}

/** @param {{label: string}} props */
export function Grid({ label }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const range = useSignal({ from: 0, to: 1_500, seen: 0 });
  const pinned = useSignal(/** @type {number | null} */ (null));
  const placed = useAnchor(box);
  useWindow(box, range);
  const blocks = useBlocks(range.value, pinned.value);
  const { jobs, height, total } = laid.value;
  const missing = unread.value;
  const each = heights.value.job + heights.value.gap;
  const { to } = range.value;
  placed(laid.value);
  useEffect(() => {
    if (missing > 0 && to > height) need(jobs.length + Math.ceil((to - height) / each));
  }, [missing, to, height]);
  const pin = (/** @type {any} */ event) => (pinned.value = Number(event.target.closest('[data-job]')?.dataset.job ?? 0) || null);
  return html`<div class="grid" role="treegrid" aria-label=${label} aria-rowcount=${missing ? -1 : total + 1} aria-multiselectable="true" ref=${box}
    onFocusIn=${pin} onFocusOut=${() => (pinned.value = null)}>
    <${Heads} />
    <div class="grid-space" role="presentation" style=${{ height: `${height + missing * each}px` }}>${blocks}</div>
    ${missing > 0 && html`<p class="unseen" role="presentation">${t('queue.unread', { count: missing })}</p>`}
  </div>`;
}

/**
 * The blocks in the range. Only so many new rows are made per frame, those that are seen first; the same block is the same element.
 * @typedef {{how: string, episodes: [number, number], element: any}} Made
 * @param {{from: number, to: number, seen: number}} range @param {number | null} pinned the job that has the focus stays
 */
function useBlocks({ from, to, seen }, pinned) {
  const made = useRef(/** @type {Map<number, Made>} */ (new Map()));
  const again = useSignal(0);
  const { jobs, items, tops, rows, keys } = laid.value;
  const size = heights.value;
  const indices = within(tops, jobs.length, from, to);
  const at = pinned === null ? -1 : keys.indexOf(pinned);
  if (at >= 0 && !indices.includes(at)) indices.push(at);
  indices.sort((a, b) => Number(tops[a] + blockHeight(items[a], size) < seen) - Number(tops[b] + blockHeight(items[b], size) < seen) || a - b);
  /** @type {Map<number, Made>} */
  const next = new Map();
  let quota = ROWS_AT_ONCE;
  let done = again.value >= 0;
  for (const index of indices) {
    const before = made.current.get(jobs[index].key);
    if (!before && quota < 1) {
      done = false;
      continue;
    }
    if (!before) quota -= 1;
    const wanted = episodesWithin(items[index], size, from - tops[index], to - tops[index]);
    const [start] = episodesWithin(items[index], size, seen - tops[index], to - tops[index]);
    const episodes = grown(before?.episodes, wanted, quota, start);
    const old = before ? Math.max(0, Math.min(before.episodes[1], episodes[1]) - Math.max(before.episodes[0], episodes[0])) : 0;
    quota -= episodes[1] - episodes[0] - old;
    done &&= episodes[0] === wanted[0] && episodes[1] === wanted[1];
    const how = [tops[index], rows[index], items[index].words, items[index].episodes, ...episodes, size.job, size.episode, size.words].join();
    next.set(jobs[index].key, before?.how === how ? before : { how, episodes, element: block(jobs[index], index, episodes, size) });
  }
  made.current = next;
  useEffect(() => {
    if (done) return undefined;
    const frame = requestAnimationFrame(() => (again.value += 1));
    return () => cancelAnimationFrame(frame);
  });
  return indices.sort((a, b) => a - b).map((index) => next.get(jobs[index].key)?.element);
}

/** @param {Row} job @param {number} index @param {[number, number]} episodes @param {import('./layout.js').Heights} size */
function block(job, index, [first, last], size) {
  const { items, tops, rows } = laid.peek();
  return html`<${Block} key=${job.key} job=${job} top=${tops[index]} height=${blockHeight(items[index], size)} index=${rows[index] + 2} words=${items[index].words} first=${first} last=${last} size=${size} />`;
}

/** @param {number[]} tops @param {number} count @param {number} from @param {number} to @returns {number[]} the blocks between two offsets */
function within(tops, count, from, to) {
  if (count === 0) return [];
  const first = blockAt(tops, from);
  const last = blockAt(tops, to);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function Heads() {
  return html`<div class="heads row" role="row" aria-rowindex="1">
    ${COLUMNS.map((name) => html`<div key=${name} role="columnheader" class="cell ${name}">${t(`queue.column.${name}`)}</div>`)}
  </div>`;
}

/** Follow what part of the grid is seen. @param {{current: HTMLElement | null}} box @param {import('../../types.js').Signal<{from: number, to: number, seen: number}>} range */
function useWindow(box, range) {
  useEffect(() => {
    const look = () => {
      if (!box.current) return;
      const top = -box.current.getBoundingClientRect().top;
      const room = innerHeight * BEYOND;
      const { from, to } = range.peek();
      const enough = top - room / 2 >= from || from <= 0;
      if (enough && from <= top && top + innerHeight + room / 2 <= to && to - from < innerHeight * (1 + 3 * BEYOND)) return;
      range.value = { from: Math.max(0, top - room), to: top + innerHeight + room, seen: Math.max(0, top) };
    };
    const resized = () => {
      if (box.current) heights.value = measured(box.current);
      look();
    };
    resized();
    // as it comes, once a frame and before anything is drawn: later in the frame it would cost a layout
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', resized);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', resized);
    };
  }, []);
}

/**
 * Rows that come and go above what is seen do not move it.
 * @param {{current: HTMLElement | null}} box @returns {(now: Laid) => void} to be told the layout at each drawing
 */
function useAnchor(box) {
  const before = useRef(/** @type {Laid | null} */ (null));
  const next = useRef(/** @type {Laid | null} */ (null));
  useLayoutEffect(() => {
    const [old, now] = [before.current, next.current];
    before.current = now;
    if (!box.current || !old || !now || old === now) return;
    const offset = seenFrom(box.current);
    const anchor = anchorAt(old, old.keys, offset);
    const moved = anchor && offsetOf(now, now.keys, anchor);
    if (moved !== null && moved !== undefined && Math.abs(moved - offset) >= 1) scrollBy(0, moved - offset);
  });
  return (now) => {
    next.current = now;
  };
}

/** The offset in the rows of what is seen first. @param {HTMLElement} box */
function seenFrom(box) {
  const space = /** @type {HTMLElement} */ (box.querySelector('.grid-space'));
  return -space.getBoundingClientRect().top;
}
