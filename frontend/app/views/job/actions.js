/** What can be done with the job, or one of its episodes, as buttons that say so. */
import { act, busy } from '../../actions.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { show } from '../../router.js';
import { hasEnded } from '../../state.js';
import { Icon, IconButton } from '../parts.js';

/** @typedef {import('../../rows.js').Row} Row */

const ICONS = /** @type {Record<string, string>} */ ({
  start: 'rocket',
  pause: 'pause',
  resume: 'play',
  cancel: 'circle-x',
  retry: 'rotate-ccw',
  repair: 'wrench',
  remove: 'trash-2',
});

/** What makes sense in which status, the likeliest first. @type {Record<'jobs' | 'episodes', Record<string, string[]>>} */
const FITTING = {
  jobs: {
    queued: ['start', 'pause', 'cancel'],
    downloading: ['pause', 'cancel'],
    paused: ['resume', 'start', 'cancel'],
    failed: ['retry', 'repair', 'remove'],
    cancelled: ['retry', 'remove'],
    completed: ['remove'],
  },
  episodes: {
    queued: ['start', 'pause', 'cancel'],
    downloading: ['pause', 'cancel'],
    paused: ['resume', 'start', 'cancel'],
    failed: ['retry', 'repair', 'cancel'],
    cancelled: ['retry'],
    completed: [],
  },
};

/** @param {'jobs' | 'episodes'} kind @param {Row} row @returns {string[]} */
function fitting(kind, row) {
  const status = row.$('status').value;
  const some = kind === 'jobs' && row.$('failed_episodes').value > 0 && !hasEnded(status);
  return [...(some ? ['retry', 'repair'] : []), ...(FITTING[kind][status] ?? [])];
}

/** @param {{kind: 'jobs', row: Row, title: string}} props */
export function Actions({ kind, row, title }) {
  const run = async (/** @type {string} */ action) => {
    if ((await act(kind, row.id, action, title)) && action === 'remove') show('queue');
  };
  return html`<div class="job-actions" role="group" aria-label=${t('job.actions')}>
    ${fitting(kind, row).map((action) => {
      const waits = busy.value.has(`${kind}/${row.id}/${action}`);
      return html`<button key=${action} type="button" class="button" aria-label=${t(`job.${action}`, { title })} title=${t(`job.${action}`, { title })} aria-disabled=${waits} onClick=${() => waits || run(action)}>
        <${Icon} name=${ICONS[action]} />${t(`job.do.${action}`)}
      </button>`;
    })}
  </div>`;
}

/** @param {{row: Row, title: string}} props */
export function EpisodeActions({ row, title }) {
  return html`<div class="actions">
    ${fitting('episodes', row).map(
      (action) => html`<${IconButton} key=${action} icon=${ICONS[action]} name=${`episodes/${row.id}/${action}`} kind=${action}
        label=${t(`episode.${action}`, { title })} onClick=${() => act('episodes', row.id, action, title)} />`,
    )}
  </div>`;
}
