/** Jobs that have not ended. */
import { request } from '../../api.js';
import { html, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { notify } from '../../notices.js';
import { href } from '../../router.js';
import { connection } from '../../socket.js';
import { activeJobs, addJobs, moreWaiting, snapshots } from '../../state.js';
import { errorWords } from '../../words.js';
import { QueueControls } from './controls.js';
import { JobCard } from './job.js';
import { Empty } from '../parts.js';

/** The queue as it stands. */
export function View() {
  const rows = activeJobs.value;
  return html`<section class="view" aria-labelledby="queue-title">
    <h2 id="queue-title" class="unseen">${t('view.queue')}</h2>
    <${QueueControls} />
    ${rows.length > 0 && html`<ul class="jobs">${rows.map((row) => html`<${JobCard} key=${row.key} row=${row} />`)}</ul>`}
    ${rows.length === 0 && html`<${Nothing} />`}
    ${moreWaiting.value && html`<${MoreWaiting} key=${snapshots.value} />`}
  </section>`;
}

function Nothing() {
  if (snapshots.value === 0) return html`<p class="loading" role="status">${t(connection.value.state === 'locked' ? 'key.title' : 'connection.first')}</p>`;
  return html`<${Empty} icon="cloud-download" title=${t('queue.empty.title')} text=${t('queue.empty.text')}>
    <a class="button primary" href=${href('add')}>${t('queue.empty.action')}</a>
  <//>`;
}

/** The snapshot holds the first that wait; the others are read when asked for. */
function MoreWaiting() {
  const cursor = useSignal(/** @type {string | null} */ (null));
  const loading = useSignal(false);
  const read = async () => {
    loading.value = true;
    try {
      await addJobs(async () => {
        const page = await request('GET', 'jobs', { query: { status: 'downloading,queued,paused', limit: 200, cursor: cursor.value } });
        cursor.value = page.next_cursor;
        return page.items;
      });
      if (cursor.value === null) moreWaiting.value = false;
    } catch (error) {
      notify('error', errorWords(/** @type {any} */ (error)));
    } finally {
      loading.value = false;
    }
  };
  return html`<button type="button" class="button more" disabled=${loading} onClick=${read}>${t('queue.more')}</button>`;
}
