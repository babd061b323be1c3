/** One job or episode that has ended: how, when, with what figures; what can be done about it. */
import { busyName } from '../../acting.js';
import { commandsFor } from '../../commands.js';
import { html, useComputed, useEffect, useSignal } from '../../dom.js';
import { failedEpisodes } from '../../episodes.js';
import { bytes, integer, moment } from '../../format.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { keyOf } from '../../selection.js';
import { errorWords, placeWords } from '../../words.js';
import { More } from '../hands/row_parts.js';
import { Figures } from '../job/timeline.js';
import { VersionMark } from '../job/versions.js';
import { Badge, Icon, IconButton } from '../parts.js';
import { Tick } from '../tick.js';
import { WatchButton } from '../watch/button.js';

/** @typedef {import('../../rows.js').Row} Row */

const FAILED_SHOWN = 3;
/** Those that have a button; the menu has all. */
const SHOWN = ['retry', 'repair', 'remove'];

/** An episode that was never tried. */
const UNKNOWN = { duration_s: null };

/** @param {{row: Row}} props */
export function EndedJob({ row }) {
  const title = row.$('anime_title').value;
  const counter = useComputed(() => `${integer(row.$('completed_episodes').value)}/${integer(row.$('total_episodes').value)}`);
  const error = row.$('error').value;
  return html`<${Entry} row=${row} kind="job" title=${title} head=${html`<a href=${href('job', row.id)} dir="auto">${title}</a>`}>
    <dl class="quick-facts">
      <div class="quick-fact"><dt>${t('job.episodes')}</dt><dd><span class="figure" data-testid="counter">${counter}</span></dd></div>
      <${When} row=${row} />
      ${[row.$('language').value, row.$('provider').value].filter(Boolean).map((tag) => html`<span key=${tag} class="label-tag" dir="auto">${tag}</span>`)}
    </dl>
    ${error && html`<p class="fault words icon-line" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(error)}</span></p>`}
    <${FailedSummary} row=${row} />
  <//>`;
}

/** @param {{row: Row}} props */
export function EndedEpisode({ row }) {
  const { anime_title: series, title, path, last_attempt: attempt } = row.data;
  const place = placeWords(row.data);
  const error = row.$('error').value;
  const size = row.data.total_bytes ?? row.data.bytes_downloaded;
  const head = html`<a href=${href('job', row.data.job_id, { episode: String(row.id) })}><span dir="auto">${series}</span> <span class="place">${place}</span></a>${title && html` <span class="soft" dir="auto">${title}</span>`}`;
  return html`<${Entry} row=${row} kind="episode" title=${`${series} ${place}`} head=${head}>
    <${Figures} attempt=${attempt ?? UNKNOWN}>
      <${When} row=${row} />
      ${size > 0 && html`<div class="quick-fact"><dt>${t('job.size')}</dt><dd>${bytes(size)}</dd></div>`}
      ${row.data.attempt > 1 && html`<div class="quick-fact"><dt>${t('job.attempts')}</dt><dd>${integer(row.data.attempt)}</dd></div>`}
    <//>
    ${error && row.$('status').value !== 'completed' && html`<p class="fault words icon-line" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(error)}</span></p>`}
    ${path && html`<p class="path words">${row.data.existing && html`<span class="label-tag">${t('episode.existing')}</span> `}${path}</p>`}
    <${VersionMark} row=${row} />
  <//>`;
}

/** @param {{row: Row, kind: 'job' | 'episode', title: string, head: any, children?: any}} props */
function Entry({ row, kind, title, head, children }) {
  const key = keyOf(kind, row.id);
  const label = `ended-${kind}-${row.id}`;
  const targets = [{ kind, id: row.id, row }];
  const commands = commandsFor(targets).filter(({ name }) => SHOWN.includes(name));
  return html`<li class="ended" data-key=${key} data-status=${row.$('status')}>
    <${Tick} of=${key} label=${t('history.choose', { title })} />
    <article aria-label=${title}>
      <div class="ended-head">
        <h3 id=${label} class="words">${head}</h3>
        <${Badge} row=${row} />
        <div class="actions">
          ${commands.map(({ name, icon, run }) => html`<${IconButton} key=${name} icon=${icon} kind=${name} name=${busyName(name, targets)} label=${t(`${kind}.${name}`, { title })} onClick=${() => run(targets)} />`)}
          ${kind === 'episode' && html`<${WatchButton} row=${row} />`}
          <${More} row=${row} kind=${kind} />
        </div>
      </div>
      ${children}
    </article>
  </li>`;
}

/** @param {{row: Row}} props */
function When({ row }) {
  const when = row.$('completed_at').value;
  return when && html`<div class="quick-fact"><dt>${t('job.ended')}</dt><dd><time datetime=${when}>${moment(when)}</time></dd></div>`;
}

/** The first errors of a job, without opening it. @param {{row: Row}} props */
function FailedSummary({ row }) {
  const found = useSignal(/** @type {any[]} */ ([]));
  const failed = row.$('failed_episodes').value;
  useEffect(() => {
    if (failed === 0) found.value = [];
    else failedEpisodes(row.id, FAILED_SHOWN).then((episodes) => (found.value = episodes), () => (found.value = []));
  }, [failed]);
  if (found.value.length === 0) return null;
  return html`<ul class="failed-summary">
    ${found.value.map((episode) => html`<li key=${episode.id} class="words" dir="auto"><strong>${placeWords(episode)}</strong> ${episode.error ? errorWords(episode.error) : episode.error_message}</li>`)}
    ${failed > found.value.length && html`<li>${t('job.more_failed', { count: failed - found.value.length })}</li>`}
  </ul>`;
}
