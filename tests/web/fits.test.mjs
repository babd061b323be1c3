/** Which command makes sense for which row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FITS } from '../../frontend/app/fits.js';
import { Row } from '../../frontend/app/rows.js';

const fitting = (kind, data) => {
  const target = { kind, id: 1, row: new Row({ id: 1, ...data }) };
  return Object.keys(FITS).filter((name) => FITS[name](target)).join(' ');
};
const ALWAYS = 'remove open copy_address';

for (const [kind, data, wished] of [
  ['job', { status: 'queued' }, `start pause cancel move set ${ALWAYS} rename`],
  ['job', { status: 'queued', reason: 'needs_person' }, `start pause cancel retry move set ${ALWAYS} rename`],
  ['episode', { status: 'queued', reason: 'needs_person' }, `start pause cancel retry move set ${ALWAYS}`],
  ['episode', { status: 'queued', reason: 'retry_backoff' }, `start pause cancel retry move set ${ALWAYS}`],
  ['episode', { status: 'queued', reason: 'host_cooldown' }, `start pause cancel move set ${ALWAYS}`],
  ['episode', { status: 'paused', reason: 'needs_person' }, `start resume cancel move set ${ALWAYS}`],
  ['job', { status: 'downloading', failed_episodes: 1 }, `start pause cancel retry repair move set ${ALWAYS} rename`],
  ['job', { status: 'paused', completed_episodes: 1 }, 'start resume cancel move set remove remove_files open copy_address rename'],
  ['job', { status: 'failed', failed_episodes: 2 }, `start cancel retry repair ${ALWAYS} rename`],
  ['job', { status: 'cancelled' }, `start retry ${ALWAYS} rename`],
  ['job', { status: 'completed', completed_episodes: 3 }, 'remove remove_files open copy_address rename'],
  ['episode', { status: 'queued' }, `start pause cancel move set ${ALWAYS}`],
  ['episode', { status: 'downloading', phase: 'downloading' }, `pause cancel move set ${ALWAYS}`],
  ['episode', { status: 'downloading', phase: 'recording' }, `pause cancel move set ${ALWAYS} finish`],
  ['episode', { status: 'paused' }, `start resume cancel move set ${ALWAYS}`],
  ['episode', { status: 'failed' }, `start cancel retry repair ${ALWAYS}`],
  ['episode', { status: 'cancelled' }, `start retry ${ALWAYS}`],
  ['episode', { status: 'completed' }, 'remove remove_files open copy_address'],
]) {
  test(`${kind} ${JSON.stringify(data)}`, () => assert.equal(fitting(kind, data), wished));
}
