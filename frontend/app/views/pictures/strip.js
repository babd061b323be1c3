/** A job's episodes at a glance: one thin strip. */
import { computed, html, useMemo } from '../../dom.js';
import { Canvas } from './canvas.js';
import { EPISODE_LOOKS, fill } from './fills.js';
import { STRIP, shareOut, spansOf } from './runs.js';
import { stripWords } from './sentences.js';

/** @typedef {import('../../rows.js').Row} Row */

/**
 * By how many there are of each status; with `episodes`, all of them in their order, each at its place.
 * @param {{row: Row, episodes?: Row[]}} props
 */
export function EpisodeStrip({ row, episodes }) {
  const words = useMemo(() => computed(() => stripWords(countsOf(row, episodes))), [row, episodes]);
  const draw = useMemo(() => drawOf(row, episodes), [row, episodes]);
  return html`<div class="strip" role="img" aria-label=${words} title=${words}><${Canvas} draw=${draw} class="strip-canvas" /></div>`;
}

/** @param {Row} row @param {Row[]} [episodes] @returns {number[]} in the order of STRIP */
function countsOf(row, episodes) {
  if (!episodes) return STRIP.map((status) => (row.$('episode_counts').value ?? {})[status] ?? 0);
  const statuses = episodes.map((episode) => episode.$('status').value);
  return STRIP.map((status) => statuses.filter((each) => each === status).length);
}

/** @param {Row} row @param {Row[]} [episodes] @returns {import('./canvas.js').Draw} */
function drawOf(row, episodes) {
  return (context, { width, height }) => {
    if (episodes && episodes.length > 0 && episodes.length <= width) drawEach(context, episodes, width, height);
    else drawShares(context, countsOf(row, episodes), width, height);
  };
}

/** @param {CanvasRenderingContext2D} context @param {Row[]} episodes @param {number} width @param {number} height */
function drawEach(context, episodes, width, height) {
  const states = Uint8Array.from(episodes, (episode) => Math.max(0, STRIP.indexOf(episode.$('status').value)));
  const gap = width / episodes.length >= 4 ? 1 : 0;
  const edge = (/** @type {number} */ index) => Math.round((index / episodes.length) * width);
  const spans = gap ? [...states].map((value, start) => ({ value, start, stop: start + 1 })) : spansOf(states);
  for (const { value, start, stop } of spans) {
    fill(context, EPISODE_LOOKS[STRIP[value]], { x: edge(start), width: edge(stop) - edge(start) - gap, height });
  }
}

/** @param {CanvasRenderingContext2D} context @param {number[]} counts @param {number} width @param {number} height */
function drawShares(context, counts, width, height) {
  let x = 0;
  shareOut(counts, width).forEach((share, index) => {
    if (share > 0) fill(context, EPISODE_LOOKS[STRIP[index]], { x, width: share, height });
    x += share;
  });
}
