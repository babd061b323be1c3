/** One job: what it is, how far, what can be changed and done, and every episode with what became of it. */
import { html, useComputed, useSignalEffect, useState } from '../../dom.js';
import { duration, integer, moment, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { endings, hasEnded, snapshots, structure } from '../../state.js';
import { errorWords, reasonWords } from '../../words.js';
import { Badge, Empty, Figure, Icon, Progress } from '../parts.js';
import { EpisodeStrip } from '../pictures/strip.js';
import { JobActions } from './actions.js';
import { Limit, Priority, Title } from './edits.js';
import { Episodes } from './episodes.js';
import { JobPage } from './page.js';

/** @typedef {import('../../rows.js').Row} Row */

/** @param {{id: number | null, query: URLSearchParams}} props */
export function View({ id, query }) {
  const [page] = useState(() => new JobPage(id));
  useSignalEffect(() => {
    if (snapshots.value > 0) page.load();
  });
  useSignalEffect(() => {
    if (endings.value + structure.value > 0 && snapshots.peek() > 0 && page.hasChanged) page.load();
  });
  const row = page.row.value;
  return html`<section class="view job-view" aria-labelledby="job-title">
    ${page.gone.value ? html`<${Gone} id=${id} />` : row ? html`<${Job} key=${row.key} row=${row} wanted=${Number(query.get('episode'))} />` : html`<h2 id="job-title" class="unseen">${t('view.job')}</h2>`}
    ${page.failure.value && html`<p class="fault words" role="alert">${errorWords(page.failure.value)}</p>`}
    ${!row && !page.gone.value && !page.failure.value && html`<p class="loading" role="status">${t('connection.first')}</p>`}
  </section>`;
}

/** @param {{id: number | null}} props */
function Gone({ id }) {
  return html`<h2 id="job-title" class="unseen">${t('view.job')}</h2>
    <${Empty} icon="search" title=${t('job.gone.title', { id: id === null ? '' : String(id) })} text=${t('job.gone.text')}>
      <p class="gone-links"><a class="button" href=${href('queue')}>${t('view.queue')}</a> <a class="button" href=${href('history')}>${t('view.history')}</a></p>
    <//>`;
}

/** @param {{row: Row, wanted: number}} props wanted: the episode that is shown first */
function Job({ row, wanted }) {
  const title = row.$('anime_title').value;
  return html`<div class="sheet job-card" data-status=${row.$('status')}>
      <${Title} row=${row} />
      <p class="tags">
        <${Badge} row=${row} />
        ${[row.$('language').value, row.$('provider').value].filter(Boolean).map((tag) => html`<span key=${tag} class="label-tag" dir="auto">${tag}</span>`)}
        <${LeftOut} row=${row} />
      </p>
      <${Progress} row=${row} label=${t('job.progress', { title })} />
      <${Strip} row=${row} />
      <${Facts} row=${row} />
      <${Words} row=${row} />
      <${JobActions} row=${row} />
      <div class="job-edits"><${Priority} row=${row} /><${Limit} row=${row} /></div>
    </div>
    <${Episodes} job=${row} wanted=${wanted} />`;
}

/** How the episodes stand, where they do not all stand alike. @param {{row: Row}} props */
function Strip({ row }) {
  const counts = /** @type {Record<string, number>} */ (row.$('episode_counts').value ?? {});
  const kinds = Object.values(counts).filter((count) => count > 0).length;
  return kinds > 1 ? html`<${EpisodeStrip} row=${row} />` : null;
}

/** @param {{row: Row}} props */
function LeftOut({ row }) {
  const count = row.$('duplicate_episodes').value;
  return count > 0 ? html`<span class="label-tag">${t('job.left_out', { count })}</span>` : null;
}

/** @param {{row: Row}} props */
function Facts({ row }) {
  const counter = useComputed(() => `${integer(row.$('completed_episodes').value)}/${integer(row.$('total_episodes').value)}`);
  const runs = row.$('status').value === 'downloading';
  const ended = row.$('completed_at').value;
  const created = row.$('created_at').value;
  return html`<dl class="quick-facts">
    <div class="quick-fact"><dt>${t('job.episodes')}</dt><dd><span class="figure" data-testid="counter">${counter}</span></dd></div>
    ${runs &&
    html`<div class="quick-fact"><dt>${t('job.speed')}</dt><dd><${Figure} row=${row} field="speed_bytes_per_s" as=${speed} /></dd></div>
      <div class="quick-fact"><dt>${t('job.eta')}</dt><dd><${Figure} row=${row} field="eta_seconds" as=${duration} /></dd></div>`}
    <div class="quick-fact"><dt>${t('job.added')}</dt><dd><time datetime=${created}>${moment(created)}</time></dd></div>
    ${ended && html`<div class="quick-fact"><dt>${t('job.ended')}</dt><dd><time datetime=${ended}>${moment(ended)}</time></dd></div>`}
    <div class="quick-fact"><dt>${t('job.number')}</dt><dd>${row.id}</dd></div>
  </dl>`;
}

/** Why it waits, what went wrong. @param {{row: Row}} props */
function Words({ row }) {
  const status = row.$('status').value;
  const error = row.$('error').value;
  const failed = row.$('failed_episodes').value;
  const reason = !hasEnded(status) && status !== 'downloading' ? reasonWords(row) : '';
  const page = row.$('reason').value === 'needs_person' ? String(row.$('reason_params').value?.url ?? '') : '';
  return html`${reason && html`<p class="reason">${reason}${/^https?:/.test(page) && html` <a href=${page} target="_blank" rel="noopener noreferrer">${t('follow.open_page')}</a>`}</p>`}
    ${failed > 0 && !error && html`<p class="fault icon-line"><${Icon} name="circle-alert" />${t('job.failed', { count: failed })}</p>`}
    ${error && html`<p class="fault words icon-line" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(error)}</span></p>`}`;
}
