/** What the page says by itself: notes that can be closed, sentences for screen readers, questions before something is lost. */
import { signal } from './dom.js';

/** @typedef {{label: string, run?(): unknown, href?: string}} NoteAction what can be done about it, or where more is to be seen */
/** @typedef {{id: number, kind: 'info' | 'error', text: string, action?: NoteAction}} Note */
/** @typedef {{title: string, text: string, confirm: string, answer(yes: boolean): void}} Question */

export const notes = signal(/** @type {Note[]} */ ([]));
export const announcement = signal('');
export const question = signal(/** @type {Question | null} */ (null));

const SHOWN_MS = 7_000;
const SHOWN_WITH_ACTION_MS = 15_000;
const LATE_MS = 3_000;
const MOST_NOTES = 4;
const ANNOUNCE_EVERY_MS = 1_000;
const MOST_ANNOUNCED = 3;
let lastId = 0;
/** @type {string[]} */
let unsaid = [];
let speaking = 0;

/**
 * @param {Note['kind']} kind @param {string} text
 * @param {{stays?: boolean, action?: NoteAction}} [options] stays: until it is closed, as errors do that are told nowhere else
 * @returns {number} its id
 */
export function notify(kind, text, { stays = kind === 'error', action } = {}) {
  const id = (lastId += 1);
  notes.value = [...notes.value.filter((note) => note.text !== text || note.action), { id, kind, text, action }].slice(-MOST_NOTES);
  if (!stays) leaveLater(id, action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  return id;
}

/** One that is pointed at or has the focus stays. @param {number} id @param {number} shownMs */
function leaveLater(id, shownMs) {
  setTimeout(() => {
    if (document.querySelector(`[data-note="${id}"]:is(:hover, :focus-within)`)) leaveLater(id, shownMs);
    else dismiss(id);
  }, shownMs);
}

/** @param {number} id */
export function dismiss(id) {
  notes.value = notes.value.filter((note) => note.id !== id);
}

/** Say that something takes long, once it does. @param {string} text @returns {() => void} for when it is over: takes that back */
export function notifyLate(text) {
  let id = 0;
  const timer = setTimeout(() => (id = notify('info', text, { stays: true })), LATE_MS);
  return () => {
    clearTimeout(timer);
    dismiss(id);
  };
}

/** Say it to those who cannot see it; changes that come together are said together. @param {string} text */
export function announce(text) {
  unsaid.push(text);
  speaking ||= window.setTimeout(() => {
    announcement.value = unsaid.slice(-MOST_ANNOUNCED).join(' ');
    unsaid = [];
    speaking = 0;
  }, ANNOUNCE_EVERY_MS);
}

/** @param {{title: string, text: string, confirm: string}} words @returns {Promise<boolean>} */
export function ask(words) {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      ...words,
      answer: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}
