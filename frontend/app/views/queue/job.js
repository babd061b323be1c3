/** One job: what it is, how far, what runs, what can be done; unfolds to its episodes. */
import { html, useComputed, useEffect, useSignal } from '../../dom.js';
import { failedEpisodes } from '../../episodes.js';
import { duration, integer, moment, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { hasEnded } from '../../state.js';
import { errorWords, placeWords, reasonWords } from '../../words.js';
import { EpisodeRows, RunningEpisode } from './episode.js';
import { Moves } from './moves.js';
import { Badge, Figure, Icon, Progress } from '../parts.js';

const FAILED_SHOWN = 3;
/** @param {{row: import('../../rows.js').Row}} props */
export function JobCard({ row }) {
  const open = useSignal(false);
  const title = row.$('anime_title');
  const ended = useComputed(() => hasEnded(row.$('status').value));
  const label = `job-${row.id}`;
  return html`<li class="job" data-status=${row.$('status')} data-open=${open.value}>
    <article aria-labelledby=${label}>
      <div class="job-head">
        <h3 id=${label} class="job-title" dir="auto" title=${title}>${title}</h3>
        <${JobMoves} row=${row} />
      </div>
      <${Tags} row=${row} />
      <${Progress} row=${row} label=${t('job.progress', { title: title.value })} />
      <div class="job-foot">
        ${ended.value ? html`<${EndedFacts} row=${row} />` : html`<${LiveFacts} row=${row} />`}
        <${Unfold} row=${row} open=${open} />
      </div>
      <${JobWords} row=${row} />
      <${Running} row=${row} />
      ${ended.value && !open.value && html`<${FailedSummary} row=${row} />`}
      ${open.value && html`<${EpisodeRows} job=${row} />`}
    </article>
  </li>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function Tags({ row }) {
  return html`<p class="tags">
    <${Badge} row=${row} />
    ${[row.$('language').value, row.$('provider').value].filter(Boolean).map((tag) => html`<span class="tag" dir="auto">${tag}</span>`)}
  </p>`;
}

/** Failed episodes of a job that goes on can be retried without waiting for its end. @param {{row: import('../../rows.js').Row}} props */
function JobMoves({ row }) {
  const retry = row.$('failed_episodes').value > 0 && !hasEnded(row.$('status').value);
  return html`<${Moves} kind="jobs" row=${row} title=${row.$('anime_title').value} extra=${retry ? ['retry'] : []} />`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function Counter({ row }) {
  const words = useComputed(() => `${integer(row.$('completed_episodes').value)}/${integer(row.$('total_episodes').value)}`);
  return html`<div class="fact"><dt>${t('job.episodes')}</dt><dd><span class="figure" data-testid="counter">${words}</span></dd></div>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function LiveFacts({ row }) {
  const runs = row.$('status').value === 'downloading';
  const current = row.running.value[0];
  return html`<dl class="facts">
    <${Counter} row=${row} />
    ${runs &&
    html`<div class="fact"><dt>${t('job.speed')}</dt><dd><${Figure} row=${row} field="speed_bytes_per_s" as=${speed} /></dd></div>
      <div class="fact"><dt>${t('job.eta')}</dt><dd><${Figure} row=${row} field="eta_seconds" as=${duration} /></dd></div>`}
    ${current && html`<div class="fact"><dt>${t('job.current')}</dt><dd>${placeWords(current.data)}</dd></div>`}
  </dl>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function EndedFacts({ row }) {
  const when = row.$('completed_at').value;
  return html`<dl class="facts">
    <${Counter} row=${row} />
    ${when && html`<div class="fact"><dt>${t('job.ended')}</dt><dd><time datetime=${when}>${moment(when)}</time></dd></div>`}
  </dl>`;
}

/** Why it waits, what went wrong. @param {{row: import('../../rows.js').Row}} props */
function JobWords({ row }) {
  const error = row.$('error').value;
  const failed = row.$('failed_episodes').value;
  const waits = !hasEnded(row.$('status').value) && row.$('status').value !== 'downloading';
  const reason = waits ? reasonWords(row) : '';
  return html`${reason && html`<p class="reason">${reason}</p>`}
    ${failed > 0 && !error && html`<p class="fault"><${Icon} name="circle-alert" />${t('job.failed', { count: failed })}</p>`}
    ${error && html`<p class="fault words" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(error)}</span></p>`}`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function Running({ row }) {
  const running = row.running.value;
  if (running.length === 0) return null;
  return html`<ul class="running" aria-label=${t('job.running')}>
    ${running.map((episode) => html`<${RunningEpisode} key=${episode.key} row=${episode} />`)}
  </ul>`;
}

/** The first errors of an ended job, without unfolding it. @param {{row: import('../../rows.js').Row}} props */
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

/** @param {{row: import('../../rows.js').Row, open: import('../../types.js').Signal<boolean>}} props */
function Unfold({ row, open }) {
  const total = row.$('total_episodes').value;
  const toggle = () => (open.value = !open.value);
  return html`<button type="button" class="unfold" aria-expanded=${open.value} aria-controls=${`episodes-${row.id}`} onClick=${toggle}>
    <${Icon} name="chevron-down" />${t(open.value ? 'job.fold' : 'job.unfold', { count: total })}
  </button>`;
}
