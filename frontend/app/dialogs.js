/** Which dialog of the hands is open: one at a time, over whatever view is shown. */
import { signal } from './dom.js';

/** @typedef {'limit' | 'priority' | 'rename' | 'clear' | 'help' | 'undo'} DialogName */
/** @typedef {{name: DialogName, targets: readonly import('./selection.js').Target[]}} OpenDialog */

export const dialog = signal(/** @type {OpenDialog | null} */ (null));

/** @param {DialogName} name @param {readonly import('./selection.js').Target[]} [targets] what it is about */
export function openDialog(name, targets = []) {
  dialog.value = { name, targets };
}

export function closeDialog() {
  dialog.value = null;
}
