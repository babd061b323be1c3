/** How full the disk is, and how many slots are taken. */
import { html, useComputed } from '../../dom.js';
import { bytes } from '../../format.js';
import { t } from '../../i18n.js';
import { stats } from '../../state.js';

const MOST_PIPS = 32;

/** @typedef {{free_bytes: number | null, total_bytes: number | null, reserved_bytes: number, reserve_bytes: number}} Disk */

/** The file system of the download folder. */
export function DiskGauge() {
  const disk = /** @type {Disk | undefined} */ (stats.$('disk').value);
  if (!disk || disk.free_bytes === null || !disk.total_bytes) return html`<${Gauge} name=${t('chart.disk')} words=${t('chart.disk_unknown')} share=${0} />`;
  const { total_bytes: total, free_bytes: free } = disk;
  const used = Math.max(0, total - free);
  const reserved = Math.min(disk.reserved_bytes, free);
  const kept = Math.min(disk.reserve_bytes, free - reserved);
  const parts = [
    { name: 'used', size: used },
    { name: 'reserved', size: reserved },
    { name: 'free', size: free - reserved - kept },
    { name: 'reserve', size: kept },
  ];
  const words = t('chart.disk_words', { used: bytes(used), total: bytes(total), free: bytes(free), reserved: bytes(reserved), reserve: bytes(kept) });
  return html`<${Gauge} name=${t('chart.disk')} words=${words} share=${used / total}>
    ${parts.map(({ name, size }) => html`<span key=${name} class="gauge-part" data-part=${name} style=${{ width: `${(size / total) * 100}%` }}></span>`)}
  <//>`;
}

/** How many run, of how many may. */
export function SlotsGauge() {
  const running = useComputed(() => stats.$('running').value ?? 0).value;
  const slots = useComputed(() => stats.$('slots').value ?? 0).value;
  const share = slots > 0 ? Math.min(1, running / slots) : Number(running > 0);
  const places = Math.max(slots, running);
  return html`<${Gauge} name=${t('chart.slots')} words=${t('chart.slots_words', { running, slots })} share=${share}>
    ${places <= MOST_PIPS
      ? Array.from({ length: places }, (_, index) => html`<span key=${index} class="gauge-pip" data-part=${index >= slots ? 'beyond' : index < running ? 'used' : 'free'}></span>`)
      : html`<span class="gauge-part" data-part="used" style=${{ width: `${share * 100}%` }}></span>`}
  <//>`;
}

/** @param {{name: string, words: string, share: number, children?: any}} props */
function Gauge({ name, words, share, children }) {
  return html`<div class="gauge">
    <p class="gauge-name">${name}</p>
    <div class="gauge-bar" role="meter" aria-label=${name} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)} aria-valuetext=${words}>${children}</div>
    <p class="gauge-words" aria-hidden="true">${words}</p>
  </div>`;
}
