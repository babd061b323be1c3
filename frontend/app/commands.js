/** Everything that can be done to a job or an episode, or to many, in the order of the menu. One table for buttons, menus and keys. */
import { act, finish, nameOf, removeWithFiles, setStanding } from './acting.js';
import { request } from './api.js';
import { copyText } from './clipboard.js';
import { openDialog } from './dialogs.js';
import { FITS } from './fits.js';
import { t } from './i18n.js';
import { move } from './moving.js';
import { notify } from './notices.js';
import { show } from './router.js';
import { canWatch, watch } from './watch.js';
import { errorWords } from './words.js';

/** @typedef {import('./selection.js').Target} Target */
/**
 * @typedef {object} Command
 * @property {string} name its label is `command.<name>`
 * @property {string} icon
 * @property {number} group a line separates groups in a menu
 * @property {string} [key] as `app/keys.js` writes it
 * @property {boolean} [danger]
 * @property {boolean} [alone] it is for one target at a time
 * @property {(target: Target) => boolean} fits
 * @property {(targets: readonly Target[]) => Promise<unknown>} run
 */

/** @param {string} name of the action and the command @returns {Command['run']} */
const acts = (name) => (targets) => act(name, targets);
/** @param {'POST' | 'DELETE'} method @param {string} name of the command @returns {Command['run']} */
const waits = (method, name) => (targets) => setStanding(method, name, targets);
/** @param {'top' | 'up' | 'down' | 'bottom'} where @returns {Command['run']} */
const moves = (where) => (targets) => move(targets, where);
/** @param {import('./dialogs.js').DialogName} name @returns {Command['run']} */
const asks = (name) => async (targets) => openDialog(name, targets);

/** @type {readonly Command[]} */
export const COMMANDS = [
  { name: 'open', icon: 'external-link', group: 0, key: 'o', alone: true, fits: FITS.open, run: open },
  { name: 'watch', icon: 'film', group: 0, key: 'w', alone: true, fits: ({ kind, row }) => kind === 'episode' && canWatch(row), run: ([{ row }]) => watch(row) },
  { name: 'start', icon: 'rocket', group: 1, key: 's', fits: FITS.start, run: acts('start') },
  { name: 'pause', icon: 'pause', group: 1, key: 'p', fits: FITS.pause, run: acts('pause') },
  { name: 'resume', icon: 'play', group: 1, key: 'p', fits: FITS.resume, run: acts('resume') },
  { name: 'finish', icon: 'square', group: 1, fits: FITS.finish, run: finish },
  { name: 'retry', icon: 'rotate-ccw', group: 1, key: 'r', fits: FITS.retry, run: acts('retry') },
  { name: 'repair', icon: 'wrench', group: 1, fits: FITS.repair, run: acts('repair') },
  { name: 'await_better', icon: 'languages', group: 1, fits: FITS.await_better, run: waits('POST', 'await_better') },
  { name: 'end_standing', icon: 'x', group: 1, fits: FITS.end_standing, run: waits('DELETE', 'end_standing') },
  { name: 'top', icon: 'arrow-up-to-line', group: 2, key: 'Alt+Shift+ArrowUp', fits: FITS.move, run: moves('top') },
  { name: 'up', icon: 'arrow-up', group: 2, key: 'Alt+ArrowUp', fits: FITS.move, run: moves('up') },
  { name: 'down', icon: 'arrow-down', group: 2, key: 'Alt+ArrowDown', fits: FITS.move, run: moves('down') },
  { name: 'bottom', icon: 'arrow-down-to-line', group: 2, key: 'Alt+Shift+ArrowDown', fits: FITS.move, run: moves('bottom') },
  { name: 'priority', icon: 'chevron-up', group: 3, fits: FITS.set, run: asks('priority') },
  { name: 'limit', icon: 'gauge', group: 3, key: 'l', fits: FITS.set, run: asks('limit') },
  { name: 'rename', icon: 'file-text', group: 3, key: 'F2', alone: true, fits: FITS.rename, run: asks('rename') },
  { name: 'copy_address', icon: 'copy', group: 4, fits: FITS.copy_address, run: copyAddresses },
  { name: 'cancel', icon: 'circle-x', group: 5, danger: true, key: 'c', fits: FITS.cancel, run: acts('cancel') },
  { name: 'remove', icon: 'trash-2', group: 5, danger: true, key: 'Delete', fits: FITS.remove, run: acts('remove') },
  { name: 'remove_files', icon: 'trash-2', group: 5, danger: true, key: 'Shift+Delete', fits: FITS.remove_files, run: removeWithFiles },
];

/** Those that fit at least one of the targets. @param {readonly Target[]} targets @returns {Command[]} */
export function commandsFor(targets) {
  return COMMANDS.filter((command) => (targets.length === 1 || !command.alone) && targets.some(command.fits));
}

/** @param {string} name @returns {Command} */
export function commandOf(name) {
  return /** @type {Command} */ (COMMANDS.find((command) => command.name === name));
}

/** Show it in its own view. @param {readonly Target[]} targets */
async function open([{ kind, id, row }]) {
  if (kind === 'job') show('job', id);
  else show('job', row.data.job_id, { episode: String(id) });
}

/** One address a line, as the form for new downloads takes them. @param {readonly Target[]} targets */
async function copyAddresses(targets) {
  try {
    const addresses = (await Promise.all(targets.map(addressesOf))).flat();
    const copied = await copyText(addresses.join('\n'));
    if (copied) notify('info', t('hands.copied', { count: addresses.length, title: nameOf(targets[0]) }));
    else notify('error', t('hands.not_copied'));
  } catch (error) {
    notify('error', errorWords(/** @type {import('./api.js').ApiError} */ (error)));
  }
}

/** @param {Target} target @returns {Promise<string[]>} */
async function addressesOf({ kind, id, row }) {
  if (kind === 'episode') return [row.data.url];
  const urls = [];
  let cursor = /** @type {string | null} */ (null);
  do {
    const page = await request('GET', `jobs/${id}/episodes`, { query: { limit: 500, cursor } });
    urls.push(...page.items.map((/** @type {{url: string}} */ episode) => episode.url));
    cursor = page.next_cursor;
  } while (cursor);
  return urls;
}
