/** What can be done with the job, or one of its episodes. */
import { busyName } from '../../acting.js';
import { busy } from '../../actions.js';
import { commandsFor } from '../../commands.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { hasEnded } from '../../state.js';
import { More } from '../hands/row_parts.js';
import { Icon, IconButton } from '../parts.js';
import { WatchButton } from '../watch/button.js';

/** @typedef {import('../../rows.js').Row} Row */

/** Those that have a button; the menu has all. */
const OF_JOB = ['retry', 'repair', 'resume', 'start', 'pause', 'cancel', 'remove'];
const OF_EPISODE = ['retry', 'repair', 'resume', 'pause', 'cancel'];

/** What makes no sense as a button once it has ended: it is in the menu all the same. */
const OF_LIVING = new Set(['start', 'cancel']);

/** @param {readonly import('../../selection.js').Target[]} targets one @param {string[]} wished in order */
function commandsOf(targets, wished) {
  const ended = hasEnded(targets[0].row.$('status').value);
  const fitting = commandsFor(targets).filter(({ name }) => wished.includes(name) && !(ended && OF_LIVING.has(name)));
  return fitting.sort((a, b) => wished.indexOf(a.name) - wished.indexOf(b.name));
}

/** @param {{row: Row}} props */
export function JobActions({ row }) {
  const targets = [{ kind: /** @type {const} */ ('job'), id: row.id, row }];
  const commands = commandsOf(targets, OF_JOB);
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
  const commands = commandsOf(targets, OF_EPISODE);
  return html`<div class="actions">
    ${commands.map(({ name, icon, run }) => html`<${IconButton} key=${name} icon=${icon} name=${busyName(name, targets)} kind=${name} label=${t(`episode.${name}`, { title })} onClick=${() => run(targets)} />`)}
    <${WatchButton} row=${row} />
    <${More} row=${row} kind="episode" />
  </div>`;
}
