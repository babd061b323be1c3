/** What can be done with a job or an episode, as a row of buttons. */
import { busyName } from '../../acting.js';
import { commandOf } from '../../commands.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { button } from './row_parts.js';

/** Which moves make sense in which status. @type {Record<'jobs' | 'episodes', Record<string, string[]>>} */
const MOVES = {
  jobs: {
    queued: ['pause', 'cancel'],
    downloading: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    failed: ['retry', 'remove'],
    cancelled: ['retry', 'remove'],
    completed: ['remove'],
  },
  episodes: {
    queued: ['pause', 'cancel'],
    downloading: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    failed: ['retry', 'cancel'],
    cancelled: ['retry'],
    completed: [],
  },
};

/** Whether all but a part of an episode is here, so that only that is fetched again. @param {import('../../rows.js').Row} row */
const isHole = (row) => row.$('error').value?.code === 'incomplete';

/**
 * @param {{kind: 'jobs' | 'episodes', row: import('../../rows.js').Row, title: string, extra?: string[]}} props
 *   title: what the buttons speak of; extra: moves that stand before those of the status
 */
export function Moves({ kind, row, title, extra = [] }) {
  const moves = [...extra, ...(MOVES[kind][row.$('status').value] ?? [])].map((move) => (move === 'retry' && isHole(row) ? 'repair' : move));
  const what = kind === 'jobs' ? 'job' : 'episode';
  const targets = [{ kind: /** @type {'job' | 'episode'} */ (what), id: row.id, row }];
  const made = (/** @type {string} */ move) =>
    button({ icon: commandOf(move).icon, label: t(`${what}.${move}`, { title }), kind: move, name: busyName(move, targets), onClick: () => commandOf(move).run(targets) });
  return html`<div class="actions">${moves.map(made)}</div>`;
}
