/** Who is told when a job has ended, how it went the last time, and a test for each. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { moment } from '../../format.js';
import { t } from '../../i18n.js';
import { announce } from '../../notices.js';
import { snapshots } from '../../state.js';
import { errorWords, readable } from '../../words.js';
import { Icon } from '../parts.js';

/** @typedef {import('../../types.js').ErrorData} ErrorData */
/** @typedef {{name: string, kind: string, pending: number, given_up: number, last_success_at: string | null, last_failure_at: string | null, error: ErrorData | null}} Target */

const READ_EVERY_MS = 15_000;
const TEST_TIMEOUT_MS = 120_000;

export function Targets() {
  const targets = useSignal(/** @type {Target[] | null} */ (null));
  const fault = useSignal('');
  const testing = useSignal('');
  const read = async () => {
    try {
      targets.value = (await request('GET', 'notices')).items;
      fault.value = '';
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    }
  };
  const test = async (/** @type {string} */ name) => {
    if (testing.peek()) return;
    testing.value = name;
    try {
      const { ok } = await request('POST', `notices/${name}/test`, { timeoutMs: TEST_TIMEOUT_MS });
      announce(t(ok ? 'targets.tested_well' : 'targets.tested_badly', { name }));
      await read();
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    } finally {
      testing.value = '';
    }
  };
  useEffect(() => {
    if (snapshots.value === 0) return;
    read();
    const timer = setInterval(() => document.hidden || read(), READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [snapshots.value]);
  return html`<div class="targets">
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    ${targets.value?.length === 0 && html`<p class="soft">${t('targets.none')}</p>`}
    <ul class="findings">${targets.value?.map((target) => html`<${Row} key=${target.name} target=${target} testing=${testing.value === target.name} busy=${testing.value !== ''} test=${test} />`)}</ul>
  </div>`;
}

/** @param {{target: Target, testing: boolean, busy: boolean, test(name: string): void}} props */
function Row({ target, testing, busy, test }) {
  const { error, given_up: givenUp, kind, last_success_at: arrived, name, pending } = target;
  const outcome = error ? 'fail' : arrived ? 'ok' : 'none';
  return html`<li class="finding target" data-outcome=${outcome}>
    <${Icon} name=${{ fail: 'circle-x', ok: 'circle-check', none: 'info' }[outcome]} />
    <p class="words"><strong>${name}</strong> <span class="tag">${t(`targets.kind.${kind}`)}</span> ${state(target)}
      ${pending > 0 && html` <span>${t('targets.pending', { count: pending })}</span>`}
      ${givenUp > 0 && html` <span>${t('targets.given_up', { count: givenUp })}</span>`}</p>
    <button type="button" class="button small" aria-disabled=${busy} aria-label=${t('targets.test_named', { name })} onClick=${() => test(name)}>${t(testing ? 'targets.testing' : 'targets.test')}</button>
  </li>`;
}

/** @param {Target} target */
function state({ error, last_failure_at: failed, last_success_at: arrived }) {
  if (error) {
    const words = error.code === 'http_status' ? t('targets.refused', readable(error.params ?? {})) : errorWords(error);
    return t('targets.failed', { when: moment(failed), why: words });
  }
  return arrived ? t('targets.arrived', { when: moment(arrived) }) : t('targets.untried');
}
