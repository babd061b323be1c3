/** The bulk bar: what is selected and what can be done with it, at the lower edge while something is selected. */
import { busyName } from '../../acting.js';
import { commandsFor } from '../../commands.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { clearSelection, selectedTargets } from '../../selection.js';
import { Icon, IconButton } from '../parts.js';
import { openMenu } from './menu.js';

/** Those that stand in the bar; the menu has all. */
const MAIN = ['pause', 'resume', 'retry', 'top', 'cancel', 'remove'];

export function SelectionBar() {
  const targets = selectedTargets();
  if (targets.length === 0) return null;
  const commands = commandsFor(targets).filter(({ name }) => MAIN.includes(name));
  const more = (/** @type {MouseEvent} */ event) => openMenu(/** @type {Element} */ (event.currentTarget), targets);
  return html`<aside aria-label=${t('hands.bar')}><div class="selection-bar" role="toolbar" aria-label=${t('hands.bar')}>
    <p class="selection-count" role="status">${t('hands.selected', { count: targets.length })}</p>
    <div class="selection-commands">
      ${commands.map(({ name, icon, run }) => html`<${IconButton} key=${name} icon=${icon} kind=${`does-${name}`} name=${busyName(name, targets)} label=${t(`command.${name}`)} onClick=${() => run(targets)} />`)}
      <button type="button" class="icon-button" aria-haspopup="menu" aria-label=${t('hands.more')} title=${t('hands.more')} onClick=${more}><${Icon} name="ellipsis-vertical" /></button>
    </div>
    <${IconButton} icon="x" label=${t('hands.clear_selection')} onClick=${clearSelection} />
  </div></aside>`;
}
