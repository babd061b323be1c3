/** The throughput of the last minute, tiny, for beside its number: decoration. */
import { html, useEffect } from '../../dom.js';
import { Canvas } from './canvas.js';
import { beats, follow, recentSeries } from './live_samples.js';
import { colour } from './palette.js';

const SHOWN_S = 60;

/** Stands beside the figure that says the same in words. */
export function Sparkline() {
  useEffect(follow, []);
  return html`<${Canvas} draw=${draw} class="sparkline" aria-hidden="true" />`;
}

/** @type {import('./canvas.js').Draw} */
function draw(context, { width, height }) {
  const values = beats.value >= 0 ? recentSeries().values.slice(-SHOWN_S) : [];
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const x = (/** @type {number} */ index) => (index / (SHOWN_S - 1)) * width;
  const y = (/** @type {number} */ value) => height - 1 - (value / most) * (height - 3);
  for (const { first, points } of stretches(values)) {
    context.beginPath();
    points.forEach((value, index) => context.lineTo(x(first + index), y(value)));
    context.strokeStyle = colour('--accent');
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.stroke();
    context.lineTo(x(first + points.length - 1), height);
    context.lineTo(x(first), height);
    context.fillStyle = colour('--accent-soft');
    context.globalCompositeOperation = 'destination-over';
    context.fill();
    context.globalCompositeOperation = 'source-over';
  }
}

/** What is known without a gap. @param {(number | null)[]} values @returns {{first: number, points: number[]}[]} */
function stretches(values) {
  /** @type {{first: number, points: number[]}[]} */
  const found = [];
  values.forEach((value, index) => {
    if (value === null) return;
    const last = found.at(-1);
    if (last && last.first + last.points.length === index) last.points.push(value);
    else found.push({ first: index, points: [value] });
  });
  return found;
}
