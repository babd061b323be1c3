/** What the service finds wrong with its installation, and how to mend it. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { has, t } from '../../i18n.js';
import { announce } from '../../notices.js';
import { snapshots } from '../../state.js';
import { errorWords, readable } from '../../words.js';
import { Icon } from '../parts.js';

/** @typedef {{name: string, outcome: 'ok' | 'warn' | 'fail', code: string, params: Record<string, unknown>, text: string}} Finding */

const ICONS = { ok: 'circle-check', warn: 'triangle-alert', fail: 'circle-x' };

export function Doctor() {
  const findings = useSignal(/** @type {Finding[] | null} */ (null));
  const fault = useSignal('');
  const looking = useSignal(false);
  const look = async (loud = true) => {
    if (looking.peek()) return;
    looking.value = true;
    try {
      findings.value = (await request('GET', 'doctor')).items;
      fault.value = '';
      if (loud) announce(summary(/** @type {Finding[]} */ (findings.peek())));
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    } finally {
      looking.value = false;
    }
  };
  useEffect(() => {
    if (snapshots.value > 0) look(false);
  }, [snapshots.value]);
  const all = findings.value ?? [];
  const troubles = all.filter((finding) => finding.outcome !== 'ok');
  const fine = all.filter((finding) => finding.outcome === 'ok');
  return html`<div class="doctor">
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    ${findings.value && html`<p class="doctor-summary" data-outcome=${worst(all)}><${Icon} name=${ICONS[worst(all)]} />${summary(all)}</p>`}
    <ul class="findings">${troubles.map((finding) => html`<${Row} key=${finding.name} finding=${finding} />`)}</ul>
    ${fine.length > 0 && html`<details class="fine"><summary>${t('doctor.fine', { count: fine.length })}</summary><ul class="findings">${fine.map((finding) => html`<${Row} key=${finding.name} finding=${finding} />`)}</ul></details>`}
    <button type="button" class="button small" aria-disabled=${looking} onClick=${() => look()}><${Icon} name="rotate-ccw" />${t('doctor.again')}</button>
  </div>`;
}

/** @param {{finding: Finding}} props */
function Row({ finding }) {
  const { code, name, outcome, params, text } = finding;
  return html`<li class="finding" data-outcome=${outcome}>
    <${Icon} name=${ICONS[outcome]} />
    <p class="words"><strong>${t(`doctor.check.${name}`)}</strong> <span class="unseen">${t(`doctor.outcome.${outcome}`)}: </span>${has(`doctor.${code}`) ? t(`doctor.${code}`, readable(params)) : text}</p>
  </li>`;
}

/** @param {Finding[]} findings @returns {Finding['outcome']} */
function worst(findings) {
  const has_ = (/** @type {string} */ outcome) => findings.some((finding) => finding.outcome === outcome);
  return has_('fail') ? 'fail' : has_('warn') ? 'warn' : 'ok';
}

/** @param {Finding[]} findings */
function summary(findings) {
  const troubles = findings.filter((finding) => finding.outcome !== 'ok').length;
  return troubles ? t('doctor.troubles', { count: troubles }) : t('doctor.well');
}
