/** The keyboard map: one table, used by the handler and by the help. */
import { shiftPriority } from './acting.js';
import { KeyMap, chordOf, isCharacters, isTyping } from './chords.js';
import { COMMANDS, commandOf } from './commands.js';
import { openDialog } from './dialogs.js';
import { signal } from './dom.js';
import { focusSoon } from './focus.js';
import { focusedKey, go, list } from './list.js';
import { MAIN_VIEWS, show } from './router.js';
import { clearSelection, select, selectAll, selected, selectedTargets, targetOf } from './selection.js';
import { recall, remember } from './storage.js';
import { undoLast } from './undo.js';

/**
 * @typedef {object} Binding
 * @property {readonly string[]} chords as `chordOf` writes them, or two with a space between
 * @property {string} words key of what it does
 * @property {'page' | 'rows' | 'row'} scope rows: something is selected or a row has the focus; row: a row itself has the focus, not a button in it
 * @property {() => unknown} run false: it did not mean anything, so the key is the browser's
 */

const SINGLE_KEYS = 'single-keys';
/** Second keys of `g`, in the order of MAIN_VIEWS. @type {Record<string, string>} */
const GO = { queue: 'q', add: 'a', subscriptions: 'f', history: 'h', settings: 's', status: 't' };

/** Whether keys that are single characters do something. @type {import('./types.js').Signal<boolean>} */
export const singleKeys = signal(recall(SINGLE_KEYS) !== 'off');

/** @param {boolean} on */
export function useSingleKeys(on) {
  singleKeys.value = on;
  remember(SINGLE_KEYS, on ? null : 'off');
}

/** What a command by key is for: what is selected, else the row that has the focus. */
function meantTargets() {
  const chosen = selectedTargets();
  const key = focusedKey();
  const target = key === null ? null : targetOf(key);
  return chosen.length > 0 ? chosen : target ? [target] : [];
}

/** @param {readonly import('./commands.js').Command[]} commands the first that fits is done */
function perform(commands) {
  const targets = meantTargets();
  const command = commands.find(({ alone, fits }) => targets.some(fits) && (!alone || targets.length === 1));
  if (!command) return false;
  return void command.run(targets);
}

/** @param {() => void} work */
function withFocusedRow(work) {
  return focusedKey() === null ? false : work();
}

/** @param {boolean | null} open */
function unfold(open) {
  const key = focusedKey();
  if (key === null || !list.value) return false;
  if (list.value.unfold(key, open)) return true;
  const target = targetOf(key);
  if (open !== null || !target) return false;
  return void commandOf('open').run([target]);
}

function toggleSelected() {
  select(/** @type {string} */ (focusedKey()), { ctrl: true }, list.value?.order() ?? []);
}

/** @param {string} view */
function goTo(view) {
  show(view);
  focusSoon('#main');
}

function search() {
  if (!document.querySelector('main input[type="search"]')) show('queue');
  focusSoon('main input[type="search"]');
}

function add() {
  show('add');
  focusSoon('main textarea, main form input');
}

function leave() {
  if (selected.value.size === 0) return false;
  return clearSelection();
}

/** @type {readonly Binding[]} */
const PAGE = [
  { chords: ['?'], words: 'hands.key.help', scope: 'page', run: () => openDialog('help') },
  { chords: ['/'], words: 'hands.key.search', scope: 'page', run: search },
  { chords: ['a'], words: 'hands.key.add', scope: 'page', run: add },
  ...MAIN_VIEWS.map((view) => ({ chords: [`g ${GO[view]}`], words: `view.${view}`, scope: /** @type {const} */ ('page'), run: () => goTo(view) })),
  { chords: ['Ctrl+z'], words: 'hands.key.undo', scope: 'page', run: () => void undoLast() },
  { chords: ['u'], words: 'hands.key.undo_list', scope: 'page', run: () => openDialog('undo') },
];

/** @type {readonly Binding[]} */
const ROWS = [
  { chords: ['ArrowUp', 'k'], words: 'hands.key.previous', scope: 'row', run: () => go('up') },
  { chords: ['ArrowDown', 'j'], words: 'hands.key.next', scope: 'row', run: () => go('down') },
  { chords: ['Home'], words: 'hands.key.first', scope: 'row', run: () => go('first') },
  { chords: ['End'], words: 'hands.key.last', scope: 'row', run: () => go('last') },
  { chords: ['PageUp'], words: 'hands.key.page_up', scope: 'row', run: () => go('page_up') },
  { chords: ['PageDown'], words: 'hands.key.page_down', scope: 'row', run: () => go('page_down') },
  { chords: ['Enter'], words: 'hands.key.unfold', scope: 'row', run: () => unfold(null) },
  { chords: ['ArrowRight'], words: 'hands.key.open', scope: 'row', run: () => unfold(true) },
  { chords: ['ArrowLeft'], words: 'hands.key.close', scope: 'row', run: () => unfold(false) },
];

/** @type {readonly Binding[]} */
const CHOOSING = [
  { chords: ['Space', 'Ctrl+Space'], words: 'hands.key.select', scope: 'row', run: toggleSelected },
  { chords: ['Shift+ArrowUp'], words: 'hands.key.extend_up', scope: 'row', run: () => go('up', { extend: true }) },
  { chords: ['Shift+ArrowDown'], words: 'hands.key.extend_down', scope: 'row', run: () => go('down', { extend: true }) },
  { chords: ['Shift+Home'], words: 'hands.key.extend_first', scope: 'row', run: () => go('first', { extend: true }) },
  { chords: ['Shift+End'], words: 'hands.key.extend_last', scope: 'row', run: () => go('last', { extend: true }) },
  { chords: ['Ctrl+a'], words: 'hands.key.all', scope: 'rows', run: () => withFocusedRow(() => selectAll(list.value?.order() ?? [])) },
  { chords: ['Escape'], words: 'hands.key.none', scope: 'page', run: leave },
];

/** One a key: `p` is both pause and resume, whatever fits. @returns {Binding[]} */
function commandBindings() {
  const keys = [...new Set(COMMANDS.map(({ key }) => key))].filter((key) => key !== undefined);
  return keys.map((key) => {
    const commands = COMMANDS.filter((command) => command.key === key);
    return { chords: [key], words: key === 'p' ? 'hands.key.pause_resume' : `command.${commands[0].name}`, scope: 'rows', run: () => perform(commands) };
  });
}

/** @type {readonly Binding[]} */
const ACTING = [
  ...commandBindings(),
  { chords: ['+'], words: 'hands.key.raise', scope: 'rows', run: () => shift(1) },
  { chords: ['-'], words: 'hands.key.lower', scope: 'rows', run: () => shift(-1) },
  { chords: ['Shift+F10', 'ContextMenu'], words: 'hands.key.menu', scope: 'row', run: () => false }, // the rows do it; here it is for the help
];

/** @param {1 | -1} step */
function shift(step) {
  const targets = meantTargets().filter(commandOf('priority').fits);
  return targets.length > 0 ? void shiftPriority(targets, step) : false;
}

/** The map as the help shows it. */
export const GROUPS = [
  { name: 'page', bindings: PAGE },
  { name: 'rows', bindings: ROWS },
  { name: 'choosing', bindings: CHOOSING },
  { name: 'acting', bindings: ACTING },
];

const map = new KeyMap(GROUPS.flatMap(({ bindings }) => bindings));

/** A row, or the box that stands for it and has keys of its own. @param {Element} element @param {string} chord */
function isRow(element, chord) {
  return element.hasAttribute('data-key') || (element.matches('.tick input') && chord !== 'Space');
}

/** @param {Binding} binding @param {Element} element what has the focus @param {string} chord */
function applies({ scope }, element, chord) {
  if (scope === 'page') return true;
  if (scope === 'row') return list.value !== null && (isRow(element, chord) || isCharacters(chord)); // `j` comes to the list from anywhere
  return list.value !== null && (selected.value.size > 0 || focusedKey() !== null);
}

/** @param {KeyboardEvent} event */
export function handleKey(event) {
  const element = /** @type {Element} */ (event.target);
  if (event.defaultPrevented || event.isComposing || event.getModifierState('AltGraph')) return;
  if (isTyping(/** @type {any} */ (element)) || document.querySelector('dialog:modal, [role="menu"]')) return;
  const chord = chordOf(event);
  for (const binding of map.find(chord, event.timeStamp)) {
    const typed = binding.chords.find((each) => each.split(' ').at(-1) === chord) ?? chord;
    if (!applies(binding, element, typed) || (!singleKeys.value && isCharacters(typed))) continue;
    if (binding.run() === false) continue;
    event.preventDefault();
    return;
  }
}
