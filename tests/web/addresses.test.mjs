/** Reading addresses from what people paste and drop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { appended, guessTitle, isAddress, readAddresses, readFile, withoutWrong, wrongLines } from '../../frontend/app/views/add/addresses.js';

const A = 'https://media.example/a';
const B = 'https://media.example/b';

test('one address a line or several, remarks and empty lines left out, each once', () => {
  assert.deepEqual(readAddresses(`${A}\r\n\n# a remark ${B}\n  ${B} ${A}\n`), [A, B]);
});

test('only http and https addresses with a host count', () => {
  for (const good of [A, 'HTTP://[::1]:8080/x', 'https://xn--bcher-kva.example/ü']) assert.equal(isAddress(good), true, good);
  for (const bad of ['', 'media.example/a', 'ftp://media.example/a', 'https://', 'https:/x', 'javascript:alert(1)', 'http:a']) assert.equal(isAddress(bad), false, bad);
});

test('a line with something that is no address is told by its number', () => {
  assert.deepEqual(wrongLines(`${A}\n# fine\nhello\n${B} there\n`), [
    { number: 3, text: 'hello' },
    { number: 4, text: 'there' },
  ]);
});

test('what is no address can be taken out, and the rest stays as it was', () => {
  assert.equal(withoutWrong(`${A}\n# note\nhello\n${B} there`), `${A}\n# note\n${B}`);
});

test('more addresses go behind those that are there, each once', () => {
  assert.deepEqual(appended(`${A}\n\n`, [B, A, B]), { text: `${A}\n${B}`, count: 1 });
  assert.deepEqual(appended('', [A]), { text: A, count: 1 });
});

test('a playlist, a list with commas and any JSON give their addresses', () => {
  assert.deepEqual(readFile(`#EXTM3U\n#EXTINF:10,"A"\n${A}\n${B}\n${A}`).addresses, [A, B]);
  assert.deepEqual(readFile(`\ufeffname;url\n"One","${A}"\n"Two",${B};`).addresses, [A, B]);
  assert.deepEqual(readFile(JSON.stringify({ list: [{ url: A, n: 1 }, null], also: B, no: 'x' })), { addresses: [A, B], isQueue: false });
  assert.deepEqual(readFile(`[not json] ${A}`).addresses, [A]);
});

test('an exported queue is recognised', () => {
  assert.equal(readFile(JSON.stringify({ format: 'aniworld-dl-queue', version: 1, jobs: [{ episodes: [{ url: A }] }] })).isQueue, true);
});

test('a title is guessed from the first part that is a name', () => {
  assert.equal(guessTitle('https://media.example/anime/stream/paper-moons/staffel-1'), 'Paper Moons');
  assert.equal(guessTitle('https://media.example/x/Nordlicht.S01E02.1080p.mkv'), 'Nordlicht');
  assert.equal(guessTitle('https://media.example/hls/1/master.m3u8'), '');
  assert.equal(guessTitle('no address'), '');
  assert.equal(guessTitle(`https://media.example/${'x'.repeat(400)}/`).length, 200);
});
