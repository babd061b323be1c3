/** Changing the order of jobs, and of the episodes of a job. */
import { run } from './actions.js';
import { request } from './api.js';
import { nameOf } from './acting.js';
import { t } from './i18n.js';
import { announce } from './notices.js';
import { planDrop, planMoves, played } from './order.js';
import { episodes } from './rows.js';
import { activeJobs } from './state.js';

/** @typedef {import('./selection.js').Target} Target */

/**
 * Among which rows a row moves: jobs among those that stand together in the list, an episode among those of its job.
 * @param {Target} target @returns {import('./rows.js').Row[]} in their order
 */
export function neighbours({ kind, row }) {
  if (kind === 'job') return activeJobs.peek().filter((other) => groupOf({ kind, id: other.id, row: other }) === groupOf({ kind, id: row.id, row }));
  const same = [...episodes.rows.values()].filter((other) => other.listed && other.data.job_id === row.data.job_id);
  return same.sort((a, b) => a.data.rank - b.data.rank || a.id - b.id);
}

/** @param {readonly Target[]} targets @param {'top' | 'up' | 'down' | 'bottom'} where */
export async function move(targets, where) {
  for (const group of groups(targets)) await carryOut(group, planMoves(orderOf(group[0]), group.map(({ id }) => id), where));
}

/** Put rows beside another. @param {readonly Target[]} targets @param {Target} other @param {'before' | 'after'} side */
export async function drop(targets, other, side) {
  const group = groups(targets).find(([first]) => groupOf(first) === groupOf(other)) ?? [];
  await carryOut(group, planDrop(orderOf(other), group.map(({ id }) => id), other.id, side));
}

/** @param {Target} target */
function orderOf(target) {
  return neighbours(target).map(({ id }) => id);
}

/** What rows have in common that can change places. @param {Target} target */
export function groupOf({ kind, row }) {
  return kind === 'job' ? `jobs/${row.data.status === 'downloading' ? 'running' : 'waiting'}` : `episodes/${row.data.job_id}`;
}

/** @param {readonly Target[]} targets @returns {Target[][]} */
function groups(targets) {
  /** @type {Map<string, Target[]>} */
  const found = new Map();
  for (const target of targets) found.set(groupOf(target), [...(found.get(groupOf(target)) ?? []), target]);
  return [...found.values()];
}

/** @param {Target[]} group @param {import('./order.js').Step[]} steps */
async function carryOut(group, steps) {
  const [first] = group;
  if (steps.length === 0) {
    if (first) announce(t('hands.move.stays', { title: nameOf(first) }));
    return;
  }
  const place = played(orderOf(first), steps).indexOf(first.id) + 1;
  const total = neighbours(first).length;
  const done = await run(`${groupOf(first)}/move`, async () => {
    for (const { id, to, other } of steps) {
      const beside = other === undefined ? {} : { [`${first.kind}_id`]: other };
      await request('POST', `${first.kind}s/${id}/move`, { body: { to, ...beside } });
    }
  });
  if (done) announce(t('hands.move.done', { title: nameOf(first), place, total }));
}
