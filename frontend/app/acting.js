/** Doing things to jobs and episodes: one request for many, what came of it in words, and a way back where there is one. */
import { run } from './actions.js';
import { request } from './api.js';
import { FITS } from './fits.js';
import { t } from './i18n.js';
import { announce, ask, notify } from './notices.js';
import { idsOf, targetOf } from './selection.js';
import { offerUndo } from './undo.js';
import { errorWords, placeWords } from './words.js';

/** @typedef {import('./selection.js').Target} Target */
/** @typedef {{kind: Target['kind'], id: number, code: string, text: string}} Refusal */
/** @typedef {{changed: number, refused: Refusal[], undo: import('./undo.js').Undo | null}} Outcome */

const MOST_REFUSALS = 3;

/** @param {Target} target @returns {string} what people call it */
export function nameOf({ kind, row }) {
  return kind === 'job' ? row.data.anime_title : placeWords(row.data);
}

/** The name in `busy` under which a command on these is under way. @param {string} name @param {readonly Target[]} targets */
export function busyName(name, targets) {
  return targets.length === 1 ? `${targets[0].kind}:${targets[0].id}/${name}` : `many/${name}`;
}

/**
 * Do one thing to any number of targets, in one request.
 * @param {string} action of `POST /api/actions` @param {readonly Target[]} targets
 * @param {Record<string, unknown>} [fields] further ones of the request @param {string} [name] of the command, for its words
 */
export async function act(action, targets, fields = {}, name = action) {
  /** @type {Outcome | undefined} */
  let outcome;
  const body = { action, ...idsOf(targets), ...fields };
  await run(busyName(name, targets), async () => (outcome = await request('POST', 'actions', { body })));
  if (outcome) tell(outcome, name, targets);
}

/** @param {Outcome} outcome @param {string} name @param {readonly Target[]} targets */
function tell({ changed, refused, undo }, name, targets) {
  const label = t(`command.${name}`);
  if (refused.length > 0) notify('error', refusalWords(refused, label), { stays: false });
  if (undo) offerUndo(undo, doneWords(undo.action, changed, targets));
  else if (changed > 0 && targets.length > 1) notify('info', t('hands.done.changed', { action: label, count: changed }));
  else if (changed === 0 && refused.length === 0) notify('info', t('hands.done.nothing', { action: label }));
}

/** @param {string} action cancel, remove or clear @param {number} count @param {readonly Target[]} targets */
function doneWords(action, count, targets) {
  if (targets.length === 1) return t(`hands.one.${action}`, { title: nameOf(targets[0]) });
  return t(`hands.done.${action}`, { count });
}

/** @param {Refusal[]} refused @param {string} action */
function refusalWords(refused, action) {
  const said = refused.slice(0, MOST_REFUSALS).map((refusal) => oneRefusal(refusal, action));
  if (refused.length > MOST_REFUSALS) said.push(t('hands.refused.more', { count: refused.length - MOST_REFUSALS }));
  return said.join(' ');
}

/** @param {Refusal} refusal @param {string} action */
function oneRefusal({ kind, id, code, text }, action) {
  const target = targetOf(`${kind}:${id}`);
  if (code === 'move_refused' && target) return t('hands.refused.status', { action, title: nameOf(target), status: t(`status.${target.row.data.status}`) });
  if (code === 'not_found') return errorWords({ code, params: { what: kind, id } });
  return target ? `${nameOf(target)}: ${text}` : text;
}

/** Remove for good what is finished, too. @param {readonly Target[]} targets */
export async function removeWithFiles(targets) {
  const title = targets.length === 1 ? nameOf(targets[0]) : t('hands.entries', { count: targets.length });
  const words = { title: t('ask.remove_files.title'), text: t('ask.remove_files.text', { title }), confirm: t('ask.remove_files.confirm') };
  if (await ask(words)) await act('remove', targets, { files: true }, 'remove_files');
}

/** Forget the jobs that have ended. @param {readonly string[]} statuses how they ended @param {{files?: boolean}} [options] files: move finished files to the trash too */
export async function clearEnded(statuses, { files = false } = {}) {
  /** @type {Outcome | undefined} */
  let outcome;
  await run('clear', async () => (outcome = await request('POST', 'actions', { body: { action: 'clear', statuses, files } })));
  if (outcome) tell(outcome, 'clear', []);
}

/**
 * Let episodes wait for a better language, and look for it at once; or let them wait no more.
 * @param {'POST' | 'DELETE'} method @param {string} name of the command @param {readonly Target[]} targets
 */
export async function setStanding(method, name, targets) {
  const fitting = targets.filter(FITS[name]);
  await run(busyName(name, targets), () => Promise.all(fitting.map(({ id }) => request(method, `episodes/${id}/standing`))));
}

/** @param {readonly Target[]} targets @param {number} priority */
export function setPriority(targets, priority) {
  return act('set', targets, { priority }, 'priority');
}

/** @param {readonly Target[]} targets @param {number | null} bytesPerSecond null: no limit of their own */
export function setLimit(targets, bytesPerSecond) {
  return act('set', targets, { bandwidth_limit_bytes_per_s: bytesPerSecond }, 'limit');
}

/** Each by one, whatever it has. @param {readonly Target[]} targets @param {1 | -1} step */
export async function shiftPriority(targets, step) {
  /** @type {Map<number, Target[]>} */
  const wished = new Map();
  for (const target of targets) {
    const priority = target.row.data.priority + step;
    wished.set(priority, [...(wished.get(priority) ?? []), target]);
  }
  for (const [priority, group] of wished) await setPriority(group, priority);
  if (targets.length === 1) announce(t('hands.priority.now', { title: nameOf(targets[0]), priority: targets[0].row.data.priority + step }));
}

/** @param {Target} target @param {string} title */
export function rename({ kind, id, row }, title) {
  if (title === row.data.anime_title) return Promise.resolve(true);
  return run(`${kind}:${id}/rename`, () => request('PATCH', `jobs/${id}`, { body: { anime_title: title } }));
}

/** End recordings with what they have. @param {readonly Target[]} targets */
export async function finish(targets) {
  for (const { id } of targets) await run(`episode:${id}/finish`, () => request('POST', `episodes/${id}/finish`));
}
