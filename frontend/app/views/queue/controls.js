/** Pause, number of parallel downloads, bandwidth. All take effect at once. */
import { pauseQueue, setAutoSlots, setBandwidthLimit, setSlots, wishedSlots } from '../../actions.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { integer } from '../../format.js';
import { t } from '../../i18n.js';
import { settings, stats } from '../../state.js';
import { Icon, IconButton } from '../parts.js';

const MOST_SLOTS = 100;
const MEGABYTE = 1_000_000;

export function PauseQueue() {
  const paused = stats.$('queue_paused').value;
  return html`<button type="button" class="button pause-queue" data-paused=${paused} aria-describedby="queue-hint" onClick=${() => pauseQueue(!paused)}>
      <${Icon} name=${paused ? 'play' : 'pause'} /><span>${t(paused ? 'controls.resume_queue' : 'controls.pause_queue')}</span>
    </button><p class="unseen" id="queue-hint">${t(paused ? 'controls.queue_paused' : 'controls.queue_runs')}</p>`;
}

/** A number, or `auto`: then the number is what it has come to by now. */
export function Slots() {
  const auto = settings.value.max_concurrent_downloads === 'auto' && wishedSlots.value === null;
  const slots = wishedSlots.value ?? stats.$('slots').value;
  /** What is being typed: other settings that change meanwhile leave it alone. */
  const typed = useSignal(/** @type {string | null} */ (null));
  const wish = (/** @type {number} */ wished) => {
    if (Number.isInteger(wished) && (auto || wished !== slots)) setSlots(Math.min(MOST_SLOTS, Math.max(0, wished)));
  };
  return html`<div class="control">
    <label for="slots">${t('controls.slots')}</label>
    <div class="stepper">
      <${IconButton} icon="minus" label=${t('controls.fewer')} onClick=${() => wish(slots - 1)} />
      <input id="slots" type="number" inputmode="numeric" min="0" max=${MOST_SLOTS} step="1" value=${typed.value ?? slots ?? ''} aria-describedby="slots-hint"
        onInput=${(/** @type {any} */ event) => { typed.value = event.currentTarget.value; }}
        onChange=${(/** @type {any} */ event) => { typed.value = null; wish(event.currentTarget.valueAsNumber); }} />
      <${IconButton} icon="plus" label=${t('controls.more')} onClick=${() => wish(slots + 1)} />
    </div>
    <button type="button" class="button small auto" aria-pressed=${auto} title=${t('controls.auto_hint')} onClick=${() => (auto ? wish(slots) : setAutoSlots())}>${t('controls.auto')}</button>
    <p class="unseen" id="slots-hint">${auto ? t('controls.slots_auto', { slots: integer(slots ?? 0) }) : t(slots === 0 ? 'controls.slots_none' : 'controls.slots_hint')}</p>
  </div>`;
}

export function BandwidthLimit() {
  const limit = settings.value.bandwidth_limit_bytes_per_s ?? null;
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = limit === null ? '' : String(limit / MEGABYTE);
  }, [limit]);
  const apply = async () => {
    const wished = field.current?.valueAsNumber ?? NaN;
    const bytes = Number.isNaN(wished) || wished <= 0 ? null : Math.round(wished * MEGABYTE);
    const done = bytes === limit || (await setBandwidthLimit(bytes));
    if (field.current && (bytes === null || !done)) field.current.value = done || limit === null ? '' : String(limit / MEGABYTE);
  };
  return html`<div class="control">
    <label for="limit">${t('controls.limit')}</label>
    <div class="with-unit">
      <input id="limit" ref=${field} type="number" inputmode="decimal" min="0" step="any" placeholder=${t('controls.no_limit')} aria-describedby="limit-hint" onChange=${apply} />
      <span class="unit" aria-hidden="true">MB/s</span>
    </div>
    <p class="unseen" id="limit-hint">${t('controls.limit_hint')}</p>
  </div>`;
}
