/** Which command makes sense for which row. The server has the last word; this keeps menus short. */
import { hasEnded } from './state.js';

/** @typedef {import('./selection.js').Target} Target */

/** @param {Target} target */
const status = ({ row }) => row.$('status').value;
/** How many of a job's episodes stand so, as far as that is known. @param {Target} target @param {string} field */
const count = ({ row }, field) => row.$(field).value ?? 0;
/** @param {Target} target */
const waits = (target) => !hasEnded(status(target));

/** Whether it waits for the next attempt, or until somebody asks for one. @param {Target} target */
const waitsForRetry = ({ row }) => row.$('status').value === 'queued' && ['needs_person', 'retry_backoff'].includes(row.$('reason').value);

/** @type {Record<string, (target: Target) => boolean>} */
export const FITS = {
  start: (target) => status(target) !== 'completed' && !(target.kind === 'episode' && status(target) === 'downloading'),
  pause: (target) => ['queued', 'downloading'].includes(status(target)),
  resume: (target) => status(target) === 'paused',
  cancel: (target) => waits(target) || status(target) === 'failed',
  retry: (target) => ['failed', 'cancelled'].includes(status(target)) || waitsForRetry(target) || (target.kind === 'job' && count(target, 'failed_episodes') > 0),
  repair: (target) => status(target) === 'failed' || (target.kind === 'job' && count(target, 'failed_episodes') > 0),
  move: waits,
  set: waits,
  remove: () => true,
  remove_files: (target) => (target.kind === 'job' ? count(target, 'completed_episodes') > 0 : status(target) === 'completed'),
  open: () => true,
  copy_address: () => true,
  rename: ({ kind }) => kind === 'job',
  await_better: ({ kind, row }) => kind === 'episode' && row.$('status').value === 'completed' && Boolean(row.$('taken').value?.instead_of_language),
  end_standing: ({ kind, row }) => kind === 'episode' && Boolean(row.$('standing').value),
  finish: (target) => target.kind === 'episode' && status(target) === 'downloading' && target.row.$('phase').value === 'recording',
};
