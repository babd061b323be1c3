/** Segments as the server tells them, as something to draw and to say. Nothing here needs a page. */

/**
 * @typedef {'done' | 'retried' | 'repaired' | 'missing' | 'failed' | 'running'} State
 * @typedef {Record<State, number>} Counts
 * @typedef {object} TrackData
 * @property {'muxed' | 'video' | 'audio' | 'text'} kind
 * @property {string | null} language
 * @property {number} count
 * @property {number} per_cell how many segments a cell stands for
 * @property {'seconds' | 'bytes' | 'segments'} unit of `lengths`
 * @property {[number, number][]} lengths of the cells, each with how many neighbours have it
 * @property {string} states of the cells: letters, each with how many neighbours have it
 * @property {Counts} counts
 * @typedef {{starts: Float64Array, states: Uint8Array, size: number}} Cells where each begins, as what it is shown, and where the last one ends
 */

/** In the order of how much they tell: of several at one place the last one is shown. */
export const STATES = /** @type {const} */ (['done', 'retried', 'repaired', 'missing', 'failed', 'running']);
const LETTERS = 'dtpmfr';
export const NOTHING = 255;
const FIRST_ABSENT = STATES.indexOf('missing');
const LAST_ABSENT = STATES.indexOf('failed');

/** @param {TrackData} track @returns {Cells} */
export function cellsOf(track) {
  const states = statesOf(track.states);
  const starts = new Float64Array(states.length + 1);
  let at = 0;
  let number = 0;
  for (const [length, times] of track.lengths) {
    for (let each = 0; each < times && number < states.length; each += 1) {
      starts[number] = at;
      number += 1;
      at += length;
    }
  }
  starts.fill(at, number);
  return { starts, states, size: at };
}

/** @param {string} text such as `d120r3m277` @returns {Uint8Array} the state of each cell */
function statesOf(text) {
  const runs = [...text.matchAll(/([a-z])(\d+)/g)].map(([, letter, times]) => /** @type {const} */ ([LETTERS.indexOf(letter), Number(times)]));
  const states = new Uint8Array(runs.reduce((sum, [, times]) => sum + times, 0));
  let at = 0;
  for (const [state, times] of runs) {
    states.fill(state, at, at + times);
    at += times;
  }
  return states;
}

/**
 * What each column of pixels shows: of all cells that lie in it, even in part, the state that tells most.
 * @param {Cells} cells @param {number} width in pixels @returns {Uint8Array} `NOTHING` where there is nothing to show
 */
export function columnsOf({ starts, states, size }, width) {
  const columns = new Uint8Array(width).fill(NOTHING);
  if (size <= 0) return columns;
  const scale = width / size;
  states.forEach((state, number) => {
    const first = Math.min(width - 1, Math.floor(starts[number] * scale + 1e-6));
    const last = Math.max(first, Math.min(width, Math.ceil(starts[number + 1] * scale - 1e-6)) - 1);
    for (let column = first; column <= last; column += 1) {
      if (columns[column] === NOTHING || columns[column] < state) columns[column] = state;
    }
  });
  return columns;
}

/** Neighbours that are the same. @param {Uint8Array} values @returns {{value: number, start: number, stop: number}[]} */
export function spansOf(values) {
  const spans = [];
  for (let start = 0; start < values.length; ) {
    let stop = start + 1;
    while (stop < values.length && values[stop] === values[start]) stop += 1;
    spans.push({ value: values[start], start, stop });
    start = stop;
  }
  return spans;
}

/** What is not there and does not run. @param {Cells} cells @returns {{start: number, stop: number}[]} in the unit of the track */
export function gapsOf({ starts, states }) {
  const absent = states.map((state) => Number(state >= FIRST_ABSENT && state <= LAST_ABSENT));
  return spansOf(absent)
    .filter(({ value }) => value === 1)
    .map(({ start, stop }) => ({ start: starts[start], stop: starts[stop] }));
}

/** The cell at a place. @param {Cells} cells @param {number} at in the unit of the track */
export function cellAt({ starts, states }, at) {
  let low = 0;
  let high = states.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle] <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How many segments are stored, however they came. @param {Counts} counts */
export function storedOf(counts) {
  return counts.done + counts.retried + counts.repaired;
}

/** A place in a film: 12:30, 1:02:30. @param {number} seconds */
export function timecode(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** In the order in which a strip shows them. */
export const STRIP = /** @type {const} */ (['completed', 'downloading', 'queued', 'paused', 'failed', 'cancelled']);

/**
 * Pixels for parts of a whole, all of them used; what is there has at least one, as far as there are enough.
 * @param {number[]} amounts @param {number} width @returns {number[]}
 */
export function shareOut(amounts, width) {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (total <= 0) return amounts.map(() => 0);
  const shares = amounts.map((amount) => (amount > 0 ? Math.max(1, Math.floor((amount / total) * width)) : 0));
  let spare = width - shares.reduce((sum, share) => sum + share, 0);
  while (spare !== 0) {
    const largest = shares.indexOf(Math.max(...shares));
    const step = spare > 0 ? spare : Math.max(spare, 1 - shares[largest]);
    if (step === 0) break;
    shares[largest] += step;
    spare -= step;
  }
  return shares;
}
