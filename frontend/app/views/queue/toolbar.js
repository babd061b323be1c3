/** What concerns the whole queue: pause, parallel downloads, bandwidth, search, filter. All take effect at once. */
import { html, useEffect, useState } from '../../dom.js';
import { integer } from '../../format.js';
import { has, t } from '../../i18n.js';
import { replaceQuery } from '../../router.js';
import { stats } from '../../state.js';
import { Icon, IconButton } from '../parts.js';
import { BandwidthLimit, PauseQueue, Slots } from './controls.js';
import { counts, watchCounts } from './counts.js';
import { STATUSES, wanted } from './listing.js';
import { LiveMark } from './live_mark.js';
import { allOpen, toggleAll } from './unfolding.js';

export function Toolbar() {
  const [open, setOpen] = useState(false);
  useEffect(watchCounts, []);
  return html`<div class="toolbar" role="group" aria-label=${t('controls.title')}>
    <${PauseQueue} />
    <${Search} />
    <button type="button" class="icon-button tools-toggle" aria-expanded=${open} aria-controls="tools" aria-label=${t('controls.title')} title=${t('controls.title')} onClick=${() => setOpen(!open)}><${Icon} name="gauge" /></button>
    <${IconButton} icon=${allOpen.value ? 'chevron-up' : 'chevron-down'} label=${t(allOpen.value ? 'queue.fold_all' : 'queue.unfold_all')} onClick=${() => toggleAll(!allOpen.value)} />
    <div class="tools" id="tools" data-open=${open}><${Slots} /><${BandwidthLimit} /></div>
    <${Chips} />
    <${LiveMark} />
    <${Notices} />
  </div>`;
}

function Notices() {
  const words = (/** @type {import('../../types.js').ErrorData} */ { code, params, text }) =>
    has(`notice.${code}`) ? t(`notice.${code}`, params) : text;
  return stats.$('notices').value.map((/** @type {any} */ notice) => html`<p key=${notice.code} class="notice words" role="status"><${Icon} name="triangle-alert" />${words(notice)}</p>`);
}

/** Look for something else, and keep it in the address. @param {{q?: string, status?: string}} change */
function look(change) {
  wanted.value = { ...wanted.peek(), ...change };
  replaceQuery(wanted.peek());
}

function Search() {
  return html`<div class="search" role="search">
    <${Icon} name="search" />
    <input type="search" id="queue-search" value=${wanted.value.q} placeholder=${t('queue.search')} aria-label=${t('queue.search')} autocomplete="off" spellcheck="false" maxlength="200"
      onInput=${(/** @type {any} */ event) => look({ q: event.currentTarget.value })} />
  </div>`;
}

function Chips() {
  const { status } = wanted.value;
  return html`<div class="chips" role="group" aria-label=${t('queue.filter')}>
    ${['', ...STATUSES].map(
      (name) => html`<button key=${name} type="button" class="chip" data-status=${name || null} aria-pressed=${status === name} onClick=${() => look({ status: name })}>
        ${t(name ? `status.${name}` : 'queue.active')} ${counts.value[name] !== undefined && html`<span class="count">${integer(counts.value[name])}</span>`}
      </button>`,
    )}
  </div>`;
}
