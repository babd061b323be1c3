/** Keys pressed, as the keyboard map writes them: `?`, `g q`, `Ctrl+a`, `Shift+ArrowDown`. Pure. */

/** @typedef {Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>} Pressed */

/** So long the second key of two may take. */
const SEQUENCE_MS = 1_500;
const FIELDS = new Set(['INPUT', 'TEXTAREA', 'SELECT']);
const NOT_TYPED = new Set(['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit']);

/**
 * Cmd counts as Ctrl. Shift is part of a character that it makes: `?` is `?` wherever it lies on the keyboard.
 * @param {Pressed} pressed @returns {string}
 */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const held = ctrlKey || metaKey || altKey;
  const character = key.length === 1;
  const name = key === ' ' ? 'Space' : character && (held || !shiftKey) ? key.toLowerCase() : key;
  const parts = [ctrlKey || metaKey ? 'Ctrl' : '', altKey ? 'Alt' : '', shiftKey && (!character || held || key === ' ') ? 'Shift' : '', name];
  return parts.filter(Boolean).join('+');
}

/** Whether a chord, or a sequence, is made of characters alone: those can be switched off (WCAG 2.1.4). @param {string} chord */
export function isCharacters(chord) {
  return chord.split(' ').every((part) => part.length === 1);
}

/** Whether what has the focus takes text, so that keys are no commands. @param {{tagName: string, type?: string, isContentEditable?: boolean}} element */
export function isTyping({ tagName, type = '', isContentEditable = false }) {
  return isContentEditable || (FIELDS.has(tagName) && !(tagName === 'INPUT' && NOT_TYPED.has(type)));
}

/** Finds what a key means, also when it is the second of two. @template {{chords: readonly string[]}} Binding */
export class KeyMap {
  /** @param {readonly Binding[]} bindings */
  constructor(bindings) {
    /** @type {Map<string, Binding[]>} */
    this.byChord = new Map();
    for (const binding of bindings) for (const chord of binding.chords) this.byChord.set(chord, [...(this.byChord.get(chord) ?? []), binding]);
    this.firsts = new Set([...this.byChord.keys()].filter((chord) => chord.includes(' ')).map((chord) => chord.split(' ')[0]));
    this.first = '';
    this.since = 0;
  }

  /**
   * @param {string} chord @param {number} now in milliseconds
   * @returns {Binding[]} what it may mean, none when it means nothing or is the first of two
   */
  find(chord, now) {
    const both = this.first && now - this.since <= SEQUENCE_MS ? `${this.first} ${chord}` : '';
    this.first = '';
    const second = this.byChord.get(both);
    if (second) return second;
    if (this.firsts.has(chord)) [this.first, this.since] = [chord, now];
    return this.byChord.get(chord) ?? [];
  }
}
