/** What the pictures show, in words. */
import { bytes, integer } from '../../format.js';
import { t } from '../../i18n.js';
import { STATES, STRIP, gapsOf, storedOf, timecode } from './runs.js';

/** @typedef {import('./runs.js').TrackData} TrackData */
/** @typedef {import('./runs.js').Cells} Cells */

const GAPS_SAID = 4;

/** @param {number[]} counts in the order of STRIP */
export function stripWords(counts) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return t('chart.strip_empty');
  const parts = STRIP.map((status, index) => ({ status, count: counts[index] })).filter(({ count }) => count > 0);
  const listed = parts.map(({ status, count }) => t('chart.strip_part', { number: integer(count), status: t(`status.${status}`) }));
  return t('chart.strip', { count: total, parts: listed.join(', ') });
}

/** @param {TrackData} track */
export function trackWords({ kind, language }) {
  const name = t(`chart.kind.${kind}`);
  return language ? t('chart.kind_language', { kind: name, language }) : name;
}

/** @param {TrackData} track @param {number} at in its unit */
export function position({ unit }, at) {
  if (unit === 'seconds') return timecode(at);
  return unit === 'bytes' ? bytes(at) : integer(Math.floor(at));
}

/** @param {TrackData} track @param {{start: number, stop: number}} range */
function rangeWords(track, { start, stop }) {
  return t('chart.range', { from: position(track, start), to: position(track, stop) });
}

/** One place of the map. @param {TrackData} track @param {Cells} cells @param {number} number */
export function cellWords(track, { starts, states }, number) {
  if (states.length === 0) return t('chart.segments_none');
  const first = number * track.per_cell + 1;
  const last = Math.min(first + track.per_cell - 1, track.count);
  const values = { range: rangeWords(track, { start: starts[number], stop: starts[number + 1] }), first, last, total: track.count, state: t(`chart.state.${STATES[states[number]]}`) };
  return t(first === last ? 'chart.cell' : 'chart.cells', values);
}

/** The whole map. @param {TrackData} track @param {Cells} cells */
export function mapWords(track, cells) {
  const { counts, count } = track;
  const parts = [t('chart.stored', { done: storedOf(counts), count })];
  for (const state of /** @type {const} */ (['running', 'retried', 'repaired', 'failed'])) {
    if (counts[state] > 0) parts.push(t('chart.counted', { number: counts[state], state: t(`chart.state.${state}`) }));
  }
  const sentence = `${parts.join(', ')}.`;
  const gaps = counts.missing + counts.failed > 0 ? gapsOf(cells) : [];
  if (gaps.length === 0) return sentence;
  const said = gaps.slice(0, GAPS_SAID).map((gap) => rangeWords(track, gap));
  const more = gaps.length > GAPS_SAID ? ` ${t('chart.more_gaps', { count: gaps.length - GAPS_SAID })}` : '';
  return `${sentence} ${t('chart.missing', { ranges: said.join(', ') })}${more}`;
}
