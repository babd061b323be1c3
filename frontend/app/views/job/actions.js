/** What can be done with the job, or one of its episodes. */
import { busyName } from '../../acting.js';
import { busy } from '../../actions.js';
import { commandsFor } from '../../commands.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { More } from '../hands/row_parts.js';
import { Icon, IconButton } from '../parts.js';

/** @typedef {import('../../rows.js').Row} Row */

/** Those that have a button; the menu has all. */
const OF_JOB = ['retry', 'repair', 'resume', 'start', 'pause', 'cancel', 'remove'];
const OF_EPISODE = ['retry', 'repair', 'resume', 'pause', 'cancel'];

/** @param {{row: Row}} props */
export function JobActions({ row }) {
  const targets = [{ kind: /** @type {const} */ ('job'), id: row.id, row }];
  const commands = commandsFor(targets).filter(({ name }) => OF_JOB.includes(name));
  return html`<div class="job-actions" role="group" aria-label=${t('job.actions')}>
    ${commands.map(({ name, icon, run }) => {
      const waits = busy.value.has(busyName(name, targets));
      return html`<button key=${name} type="button" class="button" aria-disabled=${waits} onClick=${() => waits || run(targets)}><${Icon} name=${icon} />${t(`command.${name}`)}</button>`;
    })}
    <${More} row=${row} kind="job" />
  </div>`;
}

/** @param {{row: Row, title: string}} props */
export function EpisodeActions({ row, title }) {
  const targets = [{ kind: /** @type {const} */ ('episode'), id: row.id, row }];
  const commands = commandsFor(targets).filter(({ name }) => OF_EPISODE.includes(name));
  return html`<div class="actions">
    ${commands.map(({ name, icon, run }) => html`<${IconButton} key=${name} icon=${icon} name=${busyName(name, targets)} kind=${name} label=${t(`episode.${name}`, { title })} onClick=${() => run(targets)} />`)}
    <${More} row=${row} kind="episode" />
  </div>`;
}
