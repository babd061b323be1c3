/** The servers in use, what each gets and why, and how long those that want to be left alone still are. */
import { html, useEffect, useSignal } from '../../dom.js';
import { duration, integer } from '../../format.js';
import { has, t } from '../../i18n.js';
import { stats } from '../../state.js';
import { readable } from '../../words.js';
import { Icon } from '../parts.js';

/** @param {{connections?: {in_use: number, most: number, most_per_host: number}}} props */
export function Hosts({ connections }) {
  const hosts = stats.$('hosts').value ?? [];
  const used = hosts.reduce((/** @type {number} */ sum, /** @type {any} */ host) => sum + host.connections, 0);
  return html`
    <p class="hint">${t('status.connections', { used, most: connections?.most, each: connections?.most_per_host })}</p>
    ${hosts.length === 0 && html`<p class="soft">${t('status.no_hosts')}</p>`}
    ${hosts.length > 0 &&
    html`<table class="hosts">
      <thead><tr><th scope="col">${t('status.host')}</th><th scope="col">${t('status.host_connections')}</th><th scope="col">${t('status.host_state')}</th></tr></thead>
      <tbody>${hosts.map((/** @type {any} */ host) => html`<${Host} key=${host.host} host=${host} />`)}</tbody>
    </table>`}`;
}

/** @param {{host: any}} props */
function Host({ host }) {
  return html`<tr data-cooling=${host.cooling_until !== null}>
    <th scope="row" class="words">${host.host}</th>
    <td class="figure">${t('status.of', { used: host.connections, most: host.level })}</td>
    <td class="words">${host.cooling_until !== null && html`<${Cooling} key=${host.cooling_until} until=${host.cooling_until} />`} ${reason('host', host)}</td>
  </tr>`;
}

/** Counts down by itself. @param {{until: string}} props */
function Cooling({ until }) {
  const left = () => Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000));
  const seconds = useSignal(left());
  useEffect(() => {
    const timer = setInterval(() => (seconds.value = left()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return html`<span class="badge" data-status="paused"><${Icon} name="timer" />${t('status.cooling', { time: duration(seconds.value) })}</span>`;
}

/** How many slots `auto` gives, and why. */
export function Tuning() {
  const tuning = stats.$('tuning').value;
  if (!tuning) return null;
  return html`<p class="tuning"><${Icon} name="zap" /><span><strong>${t('status.tuning', { slots: integer(tuning.slots) })}</strong> ${reason('slots', tuning)}</span></p>`;
}

/** @param {'host' | 'slots'} what @param {any} reasoned */
function reason(what, reasoned) {
  const key = what === 'host' ? `hostreason.${reasoned.reason}` : `slotreason.${reasoned.reason}`;
  return has(key) ? t(key, readable(reasoned.reason_params)) : reasoned.reason_text;
}
