/** Sentences for errors: of what is missing only where that is known. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

let errorWords;

before(async () => {
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-GB'] }, configurable: true });
  globalThis.document = /** @type {any} */ ({ baseURI: new URL('../../frontend/', import.meta.url).href, documentElement: {} });
  globalThis.fetch = /** @type {any} */ (async (/** @type {URL} */ url) => ({ ok: true, json: async () => JSON.parse(await readFile(url, 'utf8')) }));
  ({ errorWords } = await import('../../frontend/app/words.js'));
  await (await import('../../frontend/app/i18n.js')).useLanguage('en');
});

test('an incomplete file names what is missing', () => {
  const words = (missing) => errorWords({ code: 'incomplete', params: { reason: 'one is gone', missing }, text: '' });
  assert.match(words('00:12:04-00:12:22'), /Missing: 00:12:04-00:12:22 \(one is gone\)$/);
  assert.match(words(''), /^The file is not whole, so it was not kept: one is gone\./);
});

test('what this page has no words for is told as the server does', () => {
  assert.equal(errorWords({ code: 'of_tomorrow', params: {}, text: 'it is so' }), 'it is so');
});
