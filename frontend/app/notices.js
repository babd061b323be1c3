/** What the page says by itself: notes that can be closed, sentences for screen readers, questions before something is lost. */
import { signal } from './dom.js';

/** @typedef {{href: string, words: string, label?: string}} NoteLink `label`: what it says to those who hear it alone */
/** @typedef {{id: number, kind: 'info' | 'error', text: string, link?: NoteLink}} Note */
/** @typedef {{title: string, text: string, confirm: string, answer(yes: boolean): void}} Question */

export const notes = signal(/** @type {Note[]} */ ([]));
export const announcement = signal('');
export const question = signal(/** @type {Question | null} */ (null));

const SHOWN_MS = 7_000;
const ANNOUNCE_EVERY_MS = 1_000;
const MOST_ANNOUNCED = 3;
let lastId = 0;
/** @type {string[]} */
let unsaid = [];
let speaking = 0;

/**
 * @param {Note['kind']} kind @param {string} text
 * @param {{stays?: boolean, link?: NoteLink}} [options] stays: until it is closed, as errors do that are told nowhere else
 */
export function notify(kind, text, { stays = kind === 'error', link } = {}) {
  const id = (lastId += 1);
  notes.value = [...notes.value.filter((note) => note.text !== text), { id, kind, text, link }].slice(-4);
  if (!stays) setTimeout(() => dismiss(id), SHOWN_MS);
}

/** @param {number} id */
export function dismiss(id) {
  notes.value = notes.value.filter((note) => note.id !== id);
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
