import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundsOf, readNumber, sameValue, typedOf } from '../../frontend/app/setting_fields.js';

const retries = { name: 'retries_per_episode', nullable: false, minimum: 0, maximum: 100 };
const limit = { name: 'bandwidth_limit_bytes_per_s', nullable: true, minimum: 1024, maximum: null };

test('a number within its bounds is taken', () => {
  assert.deepEqual(readNumber(retries, ' 7 '), { value: 7 });
  assert.deepEqual(readNumber(retries, '100'), { value: 100 });
});

test('what is wrong is told with the bounds', () => {
  assert.deepEqual(readNumber(retries, '101'), { fault: 'settings.fault.between', values: { min: 0, max: 100 } });
  assert.deepEqual(readNumber(retries, '-1').fault, 'settings.fault.between');
  assert.deepEqual(readNumber(retries, '1.5').fault, 'settings.fault.whole');
  assert.deepEqual(readNumber(retries, '').fault, 'settings.fault.empty');
  assert.deepEqual(readNumber(retries, 'x').fault, 'settings.fault.number');
  assert.deepEqual(readNumber(limit, '0.0001').fault, 'settings.fault.least');
});

test('rates and sizes are typed in their units', () => {
  assert.deepEqual(readNumber(limit, '2,5'), { value: 2_500_000 });
  assert.deepEqual(readNumber(limit, ''), { value: null });
  assert.equal(typedOf(limit.name, 2_500_000), '2.5');
  assert.equal(typedOf(limit.name, null), '');
  assert.deepEqual(boundsOf(limit), { min: 0.001024, max: null });
});

test('values are compared by what they say', () => {
  assert.ok(sameValue(['a'], ['a']));
  assert.ok(!sameValue(3, 'auto'));
});
