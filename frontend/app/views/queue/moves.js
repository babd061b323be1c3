/** What can be done with a job or an episode, as a row of buttons. */
import { html } from '../../dom.js';
import { moveButton } from './row_parts.js';

const ICONS = /** @type {Record<string, string>} */ ({
  pause: 'pause',
  resume: 'play',
  cancel: 'circle-x',
  retry: 'rotate-ccw',
  repair: 'rotate-ccw',
  remove: 'trash-2',
});

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
  return html`<div class="actions">${moves.map((move) => moveButton(kind, row, move, title, ICONS[move]))}</div>`;
}
