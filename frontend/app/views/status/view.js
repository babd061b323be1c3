/** How the service is: its connections, disks, versions, faults and log. */
import { address, request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { bytes, duration, moment } from '../../format.js';
import { t } from '../../i18n.js';
import { mayAdminister } from '../../session.js';
import { snapshots, stats } from '../../state.js';
import { errorWords, noticeWords } from '../../words.js';
import { Icon } from '../parts.js';
import { DiskGauge, SlotsGauge } from '../pictures/gauges.js';
import { Throughput } from '../pictures/throughput.js';
import { Audit } from './audit.js';
import { Doctor } from './doctor.js';
import { Hosts, Tuning } from './hosts.js';
import { LogTail } from './log.js';
import { Sources } from './sources.js';
import { Targets } from './targets.js';

const READ_EVERY_MS = 10_000;

/** The view. */
export function View() {
  const status = useSignal(/** @type {any} */ (null));
  const fault = useSignal('');
  useEffect(() => {
    const read = () =>
      request('GET', 'status').then(
        (answer) => {
          status.value = answer;
          fault.value = '';
        },
        (error) => {
          fault.value = errorWords(error);
        },
      );
    if (snapshots.value === 0) return;
    read();
    const timer = setInterval(() => document.hidden || read(), READ_EVERY_MS);
    return () => clearInterval(timer);
  }, [snapshots.value]);
  const now = status.value;
  return html`<section class="view status" aria-labelledby="status-title">
    <div class="view-head">
      <h2 id="status-title" class="view-title">${t('view.status')}</h2>
      <a class="button small" href=${address('docs').href} target="_blank" rel="noopener"><${Icon} name="external-link" />${t('status.docs')}</a>
    </div>
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    <${Notices} />
    <div class="cards">
      <div class="card" data-wide="true">
        <${Throughput} />
        <div class="gauges"><${SlotsGauge} /><${DiskGauge} /></div>
      </div>
      <${Card} name="doctor" icon="list-checks"><${Doctor} /><//>
      <${Card} name="disks" icon="hard-drive">${now && now.disks.map((/** @type {any} */ disk) => html`<${Disk} key=${disk.use} disk=${disk} />`)}<//>
      <${Card} name="versions" icon="info">${now && html`<${Versions} status=${now} />`}<//>
      <${Card} name="targets" icon="bell"><${Targets} /><//>
      <${Card} name="hosts" icon="network" wide><${Hosts} connections=${now?.connections} /><${Tuning} /><//>
      <${Card} name="sources" icon="server" wide><${Sources} /><//>
      ${mayAdminister() && html`<${Card} name="audit" icon="list" wide><${Audit} /><//>`}
      ${mayAdminister() && html`<${Card} name="log" icon="file-text" wide><${LogTail} /><//>`}
    </div>
  </section>`;
}

function Notices() {
  const notices = stats.$('notices').value;
  return notices.map((/** @type {any} */ notice) => html`<p key=${notice.code} class="callout" role="status"><${Icon} name="triangle-alert" /><span class="words">${noticeWords(notice)}</span></p>`);
}

/** @param {{name: string, icon: string, wide?: boolean, children?: any}} props */
function Card({ name, icon, wide = false, children }) {
  const id = `status-${name}`;
  return html`<section class="card" data-wide=${wide} aria-labelledby=${id}>
    <h3 id=${id} class="card-title"><${Icon} name=${icon} />${t(`status.${name}`)}</h3>
    ${children}
  </section>`;
}

/** @param {{disk: any}} props */
function Disk({ disk }) {
  const used = disk.total_bytes === null ? null : disk.total_bytes - disk.free_bytes;
  const id = `disk-${disk.use}`;
  return html`<div class="disk">
    <p class="disk-head"><strong id=${id}>${t(`status.disk.${disk.use}`)}</strong><span class="figure">${t('status.disk.free', { free: bytes(disk.free_bytes), total: bytes(disk.total_bytes) })}</span></p>
    ${used !== null && html`<progress max=${disk.total_bytes} value=${used} aria-labelledby=${id}></progress>`}
    <p class="hint words">${disk.path}</p>
    ${disk.use === 'downloads' && html`<p class="hint">${t('status.disk.reserved', { reserved: bytes(disk.reserved_bytes), reserve: bytes(disk.reserve_bytes) })}</p>`}
  </div>`;
}

/** @param {{status: any}} props */
function Versions({ status }) {
  const { versions } = status;
  const rows = [
    ['aniworld-dl', versions.aniworld_dl],
    [t('status.since'), `${moment(status.started_at)} (${duration(status.uptime_s)})`],
    ['Python', versions.python],
    ['ffmpeg', `${versions.ffmpeg} – ${status.ffmpeg_path}`],
    ['SQLite', versions.sqlite],
    [t('status.platform'), versions.platform],
    [t('status.database'), `${bytes(status.database.size_bytes)} – ${status.database.path}`],
    [t('status.providers'), status.providers.names.join(', ')],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="words">${value}</dd></div>`)}</dl>`;
}
