/** Where the segments of an episode stand, as a picture that can be read as time, by eye, by keyboard and in words. */
import { request } from '../../api.js';
import { html, signal, useComputed, useEffect, useMemo, useRef, useSignal } from '../../dom.js';
import { integer } from '../../format.js';
import { t } from '../../i18n.js';
import { snapshots } from '../../state.js';
import { errorWords, placeWords } from '../../words.js';
import { Canvas } from './canvas.js';
import { SEGMENT_LOOKS, fill } from './fills.js';
import { NOTHING, STATES, cellAt, cellsOf, columnsOf, spansOf } from './runs.js';
import { cellWords, mapWords, position, trackWords } from './sentences.js';

/** @typedef {import('./runs.js').TrackData} TrackData */
/** @typedef {import('./runs.js').Cells} Cells */

const ASKED_EVERY_MS = 1_000;

/** @param {{episode: import('../../rows.js').Row}} props */
export function SegmentMap({ episode }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useMemo(() => new Watched(episode.id), [episode.id]);
  const running = useComputed(() => episode.$('status').value === 'downloading').value;
  const stale = useComputed(() => `${episode.$('status').value} ${snapshots.value}`).value;
  useEffect(() => map.watch(/** @type {HTMLElement} */ (place.current), running), [map, running, stale]);
  const tracks = map.tracks.value;
  return html`<div class="segments" ref=${place}>
    ${map.failure.value && html`<p class="fault words" role="alert">${errorWords(map.failure.value)}</p>`}
    ${tracks?.length === 0 && html`<p class="hint">${t('chart.segments_unknown')}</p>`}
    ${tracks && tracks.length > 0 && html`<${Legend} tracks=${tracks} />`}
    ${tracks?.map((track, number) => html`<${TrackRow} key=${number} id=${`segments-${episode.id}-${number}`} track=${track} of=${placeWords(episode.data)} />`)}
  </div>`;
}

/** The segments of one episode, asked for again while it runs and is seen. */
class Watched {
  /** @param {number} id */
  constructor(id) {
    this.id = id;
    this.tracks = signal(/** @type {TrackData[] | null} */ (null));
    this.failure = signal(/** @type {import('../../api.js').ApiError | null} */ (null));
    this.asking = false;
  }

  /** @param {HTMLElement} place @param {boolean} running @returns {() => void} stops it */
  watch(place, running) {
    let seen = false;
    const sight = new IntersectionObserver((entries) => {
      const first = !seen;
      seen = entries.at(-1)?.isIntersecting ?? false;
      if (seen && first) this.ask();
    });
    sight.observe(place);
    const timer = running ? setInterval(() => seen && !document.hidden && this.ask(), ASKED_EVERY_MS) : 0;
    return () => {
      sight.disconnect();
      clearInterval(timer);
    };
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      this.tracks.value = (await request('GET', `episodes/${this.id}/segments`)).tracks;
      this.failure.value = null;
    } catch (error) {
      this.failure.value = /** @type {import('../../api.js').ApiError} */ (error);
    } finally {
      this.asking = false;
    }
  }
}

/** Of the states that there are, in words, beside how each looks. @param {{tracks: TrackData[]}} props */
function Legend({ tracks }) {
  const counted = STATES.map((state) => ({ state, number: tracks.reduce((sum, track) => sum + track.counts[state], 0) }));
  return html`<ul class="segments-legend" aria-label=${t('chart.legend')}>
    ${counted
      .filter(({ number }) => number > 0)
      .map(({ state, number }) => html`<li key=${state}><${Swatch} state=${state} />${t(`chart.state.${state}`)} <span class="figure">${integer(number)}</span></li>`)}
  </ul>`;
}

/** @param {{state: import('./runs.js').State}} props */
function Swatch({ state }) {
  const draw = useMemo(() => (/** @type {CanvasRenderingContext2D} */ context, /** @type {any} */ { width, height }) => fill(context, SEGMENT_LOOKS[state], { x: 0, width, height }), [state]);
  return html`<${Canvas} draw=${draw} class="swatch" aria-hidden="true" />`;
}

/** @param {{id: string, track: TrackData, of: string}} props */
function TrackRow({ id, track, of }) {
  const cells = useMemo(() => cellsOf(track), [track]);
  const draw = useMemo(() => drawOf(cells), [cells]);
  const chosen = useSignal(/** @type {number | null} */ (null));
  const number = chosen.value === null ? null : Math.min(chosen.value, cells.states.length - 1);
  const title = trackWords(track);
  return html`<div class="track-map">
    <p class="track-head"><span class="track-title">${title}</span><span class="track-chosen" aria-hidden="true">${number === null ? '' : cellWords(track, cells, number)}</span></p>
    <div
      class="track-picture"
      role="slider"
      tabindex="0"
      aria-label=${t('chart.segments_of', { track: title, episode: of })}
      aria-describedby=${id}
      aria-readonly="true"
      aria-valuemin="1"
      aria-valuemax=${Math.max(1, cells.states.length)}
      aria-valuenow=${(number ?? 0) + 1}
      aria-valuetext=${cellWords(track, cells, number ?? 0)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => moved(event, chosen, cells)}
      onFocus=${() => (chosen.value ??= 0)}
      onBlur=${() => (chosen.value = null)}
      onPointerMove=${(/** @type {PointerEvent} */ event) => (chosen.value = pointedAt(event, cells))}
      onPointerLeave=${(/** @type {any} */ event) => (chosen.value = event.currentTarget === document.activeElement ? chosen.value : null)}
    >
      <${Canvas} draw=${draw} class="track-canvas" />
      ${number !== null && html`<span class="track-marker" style=${markerOf(cells, number)}></span>`}
    </div>
    <p class="track-scale" aria-hidden="true"><span>${position(track, 0)}</span><span>${position(track, cells.size / 2)}</span><span>${position(track, cells.size)}</span></p>
    <p class="track-words" id=${id}>${mapWords(track, cells)}</p>
  </div>`;
}

/** @param {Cells} cells @returns {import('./canvas.js').Draw} */
function drawOf(cells) {
  return (context, { width, height }) => {
    for (const { value, start, stop } of spansOf(columnsOf(cells, width))) {
      if (value !== NOTHING) fill(context, SEGMENT_LOOKS[STATES[value]], { x: start, width: stop - start, height });
    }
  };
}

/** @param {KeyboardEvent} event @param {import('../../types.js').Signal<number | null>} chosen @param {Cells} cells */
function moved(event, chosen, cells) {
  const last = cells.states.length - 1;
  const now = chosen.peek() ?? 0;
  const far = Math.max(1, Math.round(last / 10));
  const next = { ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1, PageUp: now + far, PageDown: now - far, Home: 0, End: last }[event.key];
  if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  chosen.value = Math.max(0, Math.min(last, next));
}

/** @param {PointerEvent} event @param {Cells} cells */
function pointedAt(event, cells) {
  const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
  return cellAt(cells, Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * cells.size);
}

/** @param {Cells} cells @param {number} number */
function markerOf({ starts, size }, number) {
  const share = (/** @type {number} */ at) => `${size > 0 ? (at / size) * 100 : 0}%`;
  return { left: share(starts[number]), width: share(starts[number + 1] - starts[number]) };
}
