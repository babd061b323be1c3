/** What became of each attempt at an episode: where it came from, how much, how fast, and what went wrong. */
import { request } from '../../api.js';
import { html, useSignal, useSignalEffect } from '../../dom.js';
import { bytes, duration, integer, moment, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';

const PAGE = 50;
const ICONS = /** @type {Record<string, string>} */ ({
  completed: 'circle-check',
  failed: 'circle-alert',
  paused: 'circle-pause',
  cancelled: 'ban',
  requeued: 'clock',
  held: 'hourglass',
  interrupted: 'unplug',
});
/** How an ending looks: as the status it is like. */
const LIKE = /** @type {Record<string, string>} */ ({ requeued: 'queued', held: 'queued', interrupted: 'paused' });

/** @param {{row: import('../../rows.js').Row}} props */
export function Timeline({ row }) {
  const attempts = useSignal(/** @type {any[]} */ ([]));
  const cursor = useSignal(/** @type {string | null} */ (null));
  const failure = useSignal(/** @type {any} */ (null));
  const loaded = useSignal(false);
  const read = async (/** @type {string | null} */ from) => {
    try {
      const page = await request('GET', `episodes/${row.id}/timeline`, { query: { limit: PAGE, cursor: from } });
      attempts.value = from ? [...attempts.peek(), ...page.items] : page.items;
      cursor.value = page.next_cursor;
      failure.value = null;
      loaded.value = true;
    } catch (error) {
      failure.value = error;
    }
  };
  useSignalEffect(() => {
    if (row.$('status').value && row.$('attempt').value >= 0) read(null); // an attempt begins or ends
  });
  if (failure.value) return html`<p class="fault words" role="alert">${errorWords(failure.value)}</p>`;
  if (!loaded.value) return html`<p class="soft" role="status">${t('connection.first')}</p>`;
  if (attempts.value.length === 0) return html`<p class="soft">${t('job.no_attempts')}</p>`;
  return html`<h4>${t('job.attempts')}</h4>
    <ol class="timeline">${attempts.value.map((attempt) => html`<${Attempt} key=${attempt.attempt} attempt=${attempt} />`)}</ol>
    ${cursor.value && html`<button type="button" class="button small more" onClick=${() => read(cursor.value)}>${t('finished.more')}</button>`}`;
}

/** @param {{attempt: any}} props */
function Attempt({ attempt }) {
  const { outcome, error, reason } = attempt;
  return html`<li data-status=${LIKE[outcome] ?? outcome}>
    <p class="attempt-head">
      <span class="badge"><${Icon} name=${ICONS[outcome] ?? 'clock'} />${t(`job.outcome.${outcome}`)}</span>
      <span class="soft">${t('job.attempt', { number: integer(attempt.attempt) })} · <time datetime=${attempt.started_at}>${moment(attempt.started_at)}</time></span>
    </p>
    <${Figures} attempt=${attempt} />
    ${reason && html`<p class="reason">${t(`reason.${reason}`)}</p>`}
    ${error && html`<p class="fault words" dir="auto">${errorWords(error)}</p>`}
  </li>`;
}

/** What nobody has noted is left out. @param {{attempt: any, children?: any}} props children: facts that come first */
export function Figures({ attempt, children }) {
  const hosts = Object.keys(attempt.bytes_by_host ?? {});
  const figures = /** @type {[string, string | null][]} */ ([
    ['job.mirror', attempt.host && (hosts.length > 1 ? t('job.mirror_more', { host: attempt.host, count: hosts.length - 1 }) : attempt.host)],
    ['job.fetched', attempt.fetched_bytes ? bytes(attempt.fetched_bytes) : null],
    ['job.wasted', attempt.wasted_bytes ? bytes(attempt.wasted_bytes) : null],
    ['job.average', attempt.average_speed_bytes_per_s ? speed(attempt.average_speed_bytes_per_s) : null],
    ['job.took', attempt.duration_s === null ? null : duration(attempt.duration_s)],
    ['job.retried', attempt.segments_retried ? integer(attempt.segments_retried) : null],
  ]);
  return html`<dl class="quick-facts">${children}${figures.map(([key, words]) => words && html`<div key=${key} class="quick-fact"><dt>${t(key)}</dt><dd class="words">${words}</dd></div>`)}</dl>`;
}
