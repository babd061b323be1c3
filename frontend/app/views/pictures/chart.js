/** uPlot on the page: loaded when first needed, in the theme's colours, as wide as its place, drawn while it can be seen. */
import { effect, untracked } from '../../dom.js';
import { dayTime, speed } from '../../format.js';
import { colour, themeChanges } from './palette.js';

/** @typedef {import('./throughput.js').Series} Series */
/** @typedef {(second: number | null, values: number[]) => void} Pointed is told what the pointer is at */

const FONT = '12px system-ui, sans-serif';
const LEAST_BYTES_PER_S = 1_000;
/** Between the times that are named. */
const STEPS_S = [60, 120, 300, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600];

/** @type {Promise<any> | null} */
let loading = null;

function library() {
  loading ??= Promise.all([import('../../../vendor/uplot.js'), styles()]).then(([module]) => module.default);
  return loading;
}

function styles() {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('../../../vendor/uplot.css', import.meta.url).href;
  document.head.append(link);
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve; // without it the chart is less pretty
  });
}

/** Draws what `read` returns, again when a signal that it reads changes. */
export class Chart {
  /** @param {HTMLElement} place @param {() => Series} read @param {Pointed} pointed */
  constructor(place, read, pointed) {
    this.place = place;
    this.read = read;
    this.pointed = pointed;
    this.plot = /** @type {any} */ (null);
    this.shape = '';
    this.visible = false;
    this.frame = 0;
    this.closed = false;
    this.sight = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      this.ask();
    });
    this.sizes = new ResizeObserver(() => this.ask());
    this.sight.observe(place);
    this.sizes.observe(place);
    this.forget = effect(() => {
      this.read();
      if (themeChanges.value >= 0) untracked(() => this.ask());
    });
  }

  close() {
    this.closed = true;
    this.forget();
    this.sight.disconnect();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.plot?.destroy();
  }

  ask() {
    if (this.visible && !this.frame) this.frame = requestAnimationFrame(() => void this.paint());
  }

  async paint() {
    const UPlot = await library();
    this.frame = 0;
    const { clientWidth: width, clientHeight: height } = this.place;
    if (this.closed || width === 0) return;
    const { seconds, means, peaks, step } = untracked(this.read);
    const data = peaks ? [seconds, means, peaks] : [seconds, means];
    const shape = `${step} ${themeChanges.peek()} ${document.documentElement.lang}`;
    if (shape !== this.shape) {
      this.plot?.destroy();
      this.plot = new UPlot(this.options(width, height, step, Boolean(peaks)), data, this.place);
      this.shape = shape;
      return;
    }
    this.plot.setData(data);
    if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  /** @param {number} width @param {number} height @param {number} step seconds @param {boolean} hasPeaks */
  options(width, height, step, hasPeaks) {
    const axis = { stroke: colour('--text-soft'), font: FONT, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    const time = (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((second) => dayTime(new Date(second * 1000)));
    const rate = (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map((value) => (value ? speed(value) : ''));
    const mean = { stroke: colour('--accent'), fill: colour('--accent-soft'), width: 2, points: { show: false } };
    const peak = { stroke: colour('--text-soft'), width: 1, dash: [4, 4], points: { show: false } };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ _low, /** @type {number | null} */ high) => [0, Math.max(LEAST_BYTES_PER_S, (high ?? 0) * 1.1)] } },
      axes: [{ ...axis, values: time, space: 64, size: 30, incrs: STEPS_S }, { ...axis, values: rate, size: 80 }],
      series: [{}, mean, ...(hasPeaks ? [peak] : [])],
      hooks: { setCursor: [(/** @type {any} */ plot) => this.tell(plot)] },
    };
  }

  /** @param {any} plot */
  tell({ cursor, data }) {
    const index = cursor.idx;
    const values = index === null || index === undefined ? [] : data.slice(1).map((/** @type {any[]} */ list) => list[index] ?? null);
    this.pointed(values[0] === undefined || values[0] === null ? null : data[0][index], values);
  }
}
