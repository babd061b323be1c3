/** What the pictures show: from the server's run lengths and samples to pixels and words. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';

import { NOTHING, STATES, STRIP, cellAt, cellsOf, columnsOf, gapsOf, shareOut, spansOf, storedOf, timecode } from '../../frontend/app/views/pictures/runs.js';
import { Recent, coarser, summary } from '../../frontend/app/views/pictures/samples.js';

const COUNTS = { done: 0, retried: 0, repaired: 0, missing: 0, failed: 0, running: 0 };
const [DONE, , , MISSING, FAILED] = STATES.map((_, index) => index);

/** @param {string} states @param {[number, number][]} lengths @param {object} [more] */
function track(states, lengths, more = {}) {
  const count = lengths.reduce((sum, [, times]) => sum + times, 0);
  return { kind: 'video', language: null, count, per_cell: 1, unit: 'seconds', lengths, states, counts: COUNTS, ...more };
}

describe('cells', () => {
  test('begin where those before them end', () => {
    const cells = cellsOf(track('d2m1', [[6, 2], [2.5, 1]]));
    assert.deepEqual([...cells.starts], [0, 6, 12, 14.5]);
    assert.deepEqual([...cells.states], [DONE, DONE, MISSING]);
    assert.equal(cells.size, 14.5);
  });

  test('of a track without segments are none', () => {
    const cells = cellsOf(track('', []));
    assert.equal(cells.states.length, 0);
    assert.ok(columnsOf(cells, 10).every((column) => column === NOTHING));
  });

  test('are found by a place in them', () => {
    const cells = cellsOf(track('d3', [[10, 3]]));
    assert.deepEqual([0, 9.9, 10, 29.9, 30, 99].map((at) => cellAt(cells, at)), [0, 0, 1, 2, 2, 2]);
  });
});

describe('columns of pixels', () => {
  test('are shared out by length, not by number', () => {
    const columns = columnsOf(cellsOf(track('d1m1', [[30, 1], [10, 1]])), 4);
    assert.deepEqual([...columns], [DONE, DONE, DONE, MISSING]);
  });

  test('show of many cells the one that tells most', () => {
    const columns = columnsOf(cellsOf(track('d499m1d250r1d249', [[1, 1000]])), 10);
    assert.deepEqual([...columns].map((column) => STATES[column]), ['done', 'done', 'done', 'done', 'missing', 'done', 'done', 'running', 'done', 'done']);
  });

  test('never lose a cell, however short', () => {
    const columns = columnsOf(cellsOf(track('d1f1d1', [[1000, 1], [0.001, 1], [1000, 1]])), 100);
    assert.ok(columns.includes(FAILED));
  });

  test('become runs', () => {
    assert.deepEqual(spansOf(Uint8Array.from([1, 1, 4, 1])), [{ value: 1, start: 0, stop: 2 }, { value: 4, start: 2, stop: 3 }, { value: 1, start: 3, stop: 4 }]);
  });
});

test('gaps are what is missing or has failed, as one where they touch; what runs is none', () => {
  const cells = cellsOf(track('d1m1f1r1p1t1m1', [[60, 7]]));
  assert.deepEqual(gapsOf(cells), [{ start: 60, stop: 180 }, { start: 360, stop: 420 }]);
});

test('what is stored counts however it came', () => {
  assert.equal(storedOf({ ...COUNTS, done: 3, retried: 2, repaired: 1, running: 9, missing: 9, failed: 9 }), 6);
});

test('a place in a film has hours only if there are', () => {
  assert.deepEqual([0, 59.4, 59.6, 750, 3750, -3].map(timecode), ['0:00', '0:59', '1:00', '12:30', '1:02:30', '0:00']);
});

describe('shares of a strip', () => {
  test('use all of it', () => {
    for (const width of [5, 97, 300]) assert.equal(shareOut([1, 1, 1], width).reduce((a, b) => a + b), width);
  });

  test('leave at least a pixel to what there is, and none to what there is not', () => {
    assert.deepEqual(shareOut([1000, 0, 1, 1], 10), [8, 0, 1, 1]);
  });

  test('are none of nothing', () => {
    assert.deepEqual(shareOut([0, 0], 10), [0, 0]);
  });

  test('of more parts than pixels do not go on for ever', () => {
    assert.deepEqual(shareOut([1, 1, 1], 2), [1, 1, 1]);
  });
});

describe('the last seconds', () => {
  const known = (recent) => recent.list().filter((value) => value !== null);

  test('are in order, the newest last', () => {
    const recent = new Recent(3);
    for (const second of [10, 11, 12, 13]) recent.push(second, second);
    assert.deepEqual(recent.list(), [11, 12, 13]);
  });

  test('that nobody measured are gaps', () => {
    const recent = new Recent(4);
    recent.push(10, 1);
    recent.push(13, 4);
    assert.deepEqual(recent.list(), [1, null, null, 4]);
  });

  test('are all forgotten after a long silence', () => {
    const recent = new Recent(3);
    recent.push(10, 1);
    recent.push(500, 2);
    assert.deepEqual(recent.list(), [null, null, 2]);
  });

  test('go on when the clock is put back', () => {
    const recent = new Recent(4);
    for (const second of [10, 11, 12]) recent.push(second, second);
    recent.push(11, 99);
    assert.deepEqual(recent.list(), [null, null, 10, 99]);
    recent.push(12, 100);
    assert.deepEqual(known(recent), [10, 99, 100]);
    recent.push(1, 7);
    assert.deepEqual(recent.list(), [null, null, null, 7]);
  });

  test('are taken over from the server, to the same moment', () => {
    const recent = new Recent(4);
    recent.push(20, 5);
    recent.seed(22, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(recent.list(), [3, 4, 5, 6]);
    assert.equal(recent.last, 21);
  });
});

describe('what is said of samples', () => {
  test('leaves out what nobody measured', () => {
    assert.deepEqual(summary([null, 2, null, 4]), { current: 4, mean: 3, peak: 4 });
    assert.deepEqual(summary([1, null], [7, null]), { current: null, mean: 1, peak: 7 });
    assert.deepEqual(summary([null]), { current: null, mean: null, peak: null });
  });

  test('in coarser steps ends where the samples end', () => {
    assert.deepEqual(coarser([1, 2, 4, null, 6], 2), [1, 3, 6]);
    assert.deepEqual(coarser([1, 2, 4, null, 6], 2, 'peak'), [1, 4, 6]);
    assert.deepEqual(coarser([null, null, 3, 3], 2), [null, 3]);
  });
});

describe('words', () => {
  /** @type {typeof import('../../frontend/app/views/pictures/sentences.js')} */
  let say;
  let speak;

  before(async () => {
    Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en-GB'] }, configurable: true });
    globalThis.document = /** @type {any} */ ({ baseURI: new URL('../../frontend/', import.meta.url).href, documentElement: {} });
    globalThis.fetch = /** @type {any} */ (async (/** @type {URL} */ url) => ({ ok: true, json: async () => JSON.parse(await readFile(url, 'utf8')) }));
    speak = (await import('../../frontend/app/i18n.js')).useLanguage;
    say = await import('../../frontend/app/views/pictures/sentences.js');
    await speak('en');
  });

  test('of a map say how many, how they came, and what is missing', () => {
    const counts = { ...COUNTS, done: 310, repaired: 2, running: 3, missing: 85 };
    const shown = track('d125m1d184m84p2d1r3', [[6, 400]], { counts });
    assert.equal(say.mapWords(shown, cellsOf(shown)), '312 of 400 segments done, 3 running, 2 repaired. Missing: 12:30–12:36, 31:00–39:24');
  });

  test('of a whole map say nothing more', () => {
    const shown = track('d1', [[6, 1]], { counts: { ...COUNTS, done: 1 } });
    assert.equal(say.mapWords(shown, cellsOf(shown)), '1 of 1 segment done.');
  });

  test('of many gaps name the first', () => {
    const shown = track('m1d1'.repeat(9), [[60, 18]], { counts: { ...COUNTS, done: 9, missing: 9 } });
    assert.match(say.mapWords(shown, cellsOf(shown)), /Missing: 0:00–1:00, 2:00–3:00, 4:00–5:00, 6:00–7:00 and 5 more places$/);
  });

  test('of a place say when, which and how it stands', () => {
    const shown = track('d1r1', [[6, 2]]);
    assert.equal(say.cellWords(shown, cellsOf(shown), 1), '0:06–0:12, segment 2 of 2: running');
    const coarse = track('d1m1', [[600, 2]], { per_cell: 100, count: 150 });
    assert.equal(say.cellWords(coarse, cellsOf(coarse), 1), '10:00–20:00, segments 101 to 150 of 150: missing');
  });

  test('of a file speak of bytes', () => {
    const shown = track('d1f1', [[4_000_000, 2]], { unit: 'bytes', counts: { ...COUNTS, done: 1, failed: 1 } });
    assert.equal(say.mapWords(shown, cellsOf(shown)), '1 of 2 segments done, 1 failed. Missing: 4.0 MB–8.0 MB');
  });

  test('of a strip count what there is', () => {
    const counts = STRIP.map((status) => ({ completed: 9, queued: 2, failed: 1 })[status] ?? 0);
    assert.equal(say.stripWords(counts), '12 episodes: Completed: 9, Waiting: 2, Failed: 1');
    assert.equal(say.stripWords(STRIP.map(() => 0)), 'no episodes yet');
  });

  test('are German in German', async () => {
    await speak('de');
    const shown = track('d1m1', [[6, 2]], { language: 'ja', kind: 'audio', counts: { ...COUNTS, done: 1, missing: 1 } });
    assert.equal(say.trackWords(shown), 'Ton, ja');
    assert.equal(say.mapWords(shown, cellsOf(shown)), '1 von 2 Segmenten fertig. Es fehlt: 0:06–0:12');
  });
});
