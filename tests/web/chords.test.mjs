/** Keys as the keyboard map writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyMap, chordOf, isCharacters, isTyping } from '../../frontend/app/chords.js';

const pressed = (key, ...held) => ({ key, ctrlKey: held.includes('ctrl'), metaKey: held.includes('meta'), altKey: held.includes('alt'), shiftKey: held.includes('shift') });

for (const [event, chord] of [
  [pressed('a'), 'a'],
  [pressed('A'), 'a'],
  [pressed('A', 'shift'), 'A'],
  [pressed('?', 'shift'), '?'],
  [pressed('a', 'ctrl'), 'Ctrl+a'],
  [pressed('a', 'meta'), 'Ctrl+a'],
  [pressed('Z', 'ctrl', 'shift'), 'Ctrl+Shift+z'],
  [pressed(' '), 'Space'],
  [pressed(' ', 'shift'), 'Shift+Space'],
  [pressed('ArrowDown', 'shift'), 'Shift+ArrowDown'],
  [pressed('ArrowUp', 'alt', 'shift'), 'Alt+Shift+ArrowUp'],
  [pressed('F2'), 'F2'],
]) {
  test(`${JSON.stringify(event)} is ${chord}`, () => assert.equal(chordOf(event), chord));
}

test('characters, and sequences of them, can be switched off; what needs another key stays', () => {
  assert.deepEqual(['a', '?', 'g q'].map(isCharacters), [true, true, true]);
  assert.deepEqual(['Ctrl+a', 'Delete', 'Space', 'F2', 'Alt+ArrowUp'].map(isCharacters), [false, false, false, false, false]);
});

test('keys are no commands while somebody types', () => {
  const elements = [{ tagName: 'TEXTAREA' }, { tagName: 'SELECT' }, { tagName: 'INPUT', type: 'search' }, { tagName: 'DIV', isContentEditable: true }];
  assert.deepEqual(elements.map(isTyping), [true, true, true, true]);
  assert.deepEqual([{ tagName: 'BODY' }, { tagName: 'INPUT', type: 'checkbox' }, { tagName: 'BUTTON', type: 'submit' }].map(isTyping), [false, false, false]);
});

test('two keys one after the other mean one thing, if the second comes in time', () => {
  const [queue, add, quit] = [{ chords: ['g q'] }, { chords: ['a', 'n'] }, { chords: ['q'] }];
  const map = new KeyMap([queue, add, quit]);
  assert.deepEqual(map.find('g', 0), []);
  assert.deepEqual(map.find('q', 1_000), [queue]);
  assert.deepEqual(map.find('q', 1_100), [quit]);
  assert.deepEqual([map.find('g', 2_000), map.find('q', 4_000)], [[], [quit]]);
  assert.deepEqual([map.find('g', 5_000), map.find('n', 5_001)], [[], [add]]);
  assert.deepEqual(map.find('x', 6_000), []);
});
