/** How much came over time: the last five minutes as they go on, or the last day as the server has kept it. */
import { html, signal, useComputed, useEffect, useRef, useSignal } from '../../dom.js';
import { clock, dayTime, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { Chart } from './chart.js';
import { beats, day, follow, recentSeries } from './live_samples.js';
import { coarser, summary } from './samples.js';

export { Sparkline } from './sparkline.js';

/** @typedef {'recent' | 'day'} Span */
/** @typedef {{seconds: number[], means: (number | null)[], peaks: (number | null)[] | null, step: number}} Series */

const SPANS = /** @type {const} */ (['recent', 'day']);
/** How many steps become one row of the table. */
const ROW_STEPS = { recent: 30, day: 60 };

/** @type {import('../../types.js').Signal<Span>} */
const span = signal('recent');

export function Throughput() {
  useEffect(follow, []);
  return html`<section class="throughput" aria-labelledby="throughput-title">
    <header class="throughput-head">
      <h3 id="throughput-title">${t('chart.throughput')}</h3>
      <div class="filters" role="group" aria-label=${t('chart.span')}>
        ${SPANS.map((name) => html`<button key=${name} type="button" class="chip" aria-pressed=${span.value === name} onClick=${() => (span.value = name)}>${t(`chart.${name}`)}</button>`)}
      </div>
    </header>
    <${Figures} />
    <${Plot} />
    <${AsTable} />
  </section>`;
}

/** @returns {Series} what is shown now */
function series() {
  if (span.value === 'day') return daySeries();
  const { seconds, values } = beats.value >= 0 ? recentSeries() : { seconds: [], values: [] };
  return { seconds, means: values, peaks: null, step: 1 };
}

/** @returns {Series} */
function daySeries() {
  if (!day.value) return { seconds: [], means: [], peaks: [], step: 60 };
  const { from, step_s: step, mean_bytes_per_s: means, peak_bytes_per_s: peaks } = day.value;
  const start = Math.floor(Date.parse(from) / 1000);
  return { seconds: means.map((_, index) => start + index * step), means, peaks, step };
}

function Figures() {
  const figures = useComputed(() => {
    const { means, peaks } = series();
    return { ...summary(means, peaks ?? means), current: summary(recentSeries().values).current };
  });
  return html`<dl class="throughput-figures">
    ${/** @type {const} */ (['current', 'mean', 'peak']).map((name) => html`<div key=${name}><dt>${t(`chart.${name}`)}</dt><dd class="figure">${speed(figures.value[name])}</dd></div>`)}
  </dl>`;
}

/** The picture: uPlot, fetched when it is first needed. What it shows is said in the figures and in the table. */
function Plot() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const pointed = useSignal('');
  useEffect(() => {
    const chart = new Chart(/** @type {HTMLElement} */ (place.current), series, (second, values) => {
      pointed.value = second === null ? '' : `${timeWords(second)}: ${values.map((value) => speed(value)).join(' / ')}`;
    });
    return () => chart.close();
  }, []);
  return html`<div class="throughput-picture" aria-hidden="true">
    <p class="throughput-pointed">${pointed}</p>
    <div class="throughput-plot" ref=${place}></div>
  </div>`;
}

/** @param {number} second */
function timeWords(second) {
  return span.peek() === 'day' ? dayTime(new Date(second * 1000)) : clock(new Date(second * 1000));
}

function AsTable() {
  const open = useSignal(false);
  return html`<details class="throughput-table" onToggle=${(/** @type {any} */ event) => (open.value = event.currentTarget.open)}>
    <summary>${t('chart.as_table')}</summary>
    ${open.value && html`<${Table} />`}
  </details>`;
}

function Table() {
  const { seconds, means, peaks, step } = series();
  const steps = ROW_STEPS[span.value];
  const best = coarser(peaks ?? means, steps, 'peak');
  const end = (seconds.at(-1) ?? 0) + step;
  const rows = coarser(means, steps).map((mean, index, all) => ({ mean, peak: best[index], from: end - (all.length - index) * steps * step }));
  return html`<table>
    <caption class="unseen">${t(`chart.${span.value}`)}</caption>
    <thead><tr><th scope="col">${t('chart.time')}</th><th scope="col">${t('chart.mean')}</th><th scope="col">${t('chart.peak')}</th></tr></thead>
    <tbody>
      ${rows.map(({ mean, peak, from }) => html`<tr key=${from}><th scope="row">${timeWords(from)}</th><td>${speed(mean)}</td><td>${speed(peak)}</td></tr>`)}
    </tbody>
  </table>`;
}
