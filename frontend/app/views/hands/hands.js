/** What hands need over every view: the menu, the dialogs, what is dragged; and the button to all that no row has. */
import { dialog, openDialog } from '../../dialogs.js';
import { html, useEffect } from '../../dom.js';
import { t } from '../../i18n.js';
import { handleKey } from '../../keys.js';
import { notify } from '../../notices.js';
import { notifying, turnOffNotifications, turnOnNotifications } from '../../notifications.js';
import { Icon } from '../parts.js';
import { SelectionBar } from './bar.js';
import { ClearDialog, LimitDialog, PriorityDialog, RenameDialog } from './dialogs.js';
import { DragPicture } from './drag.js';
import { HelpDialog } from './help.js';
import { ContextMenu, openItems } from './menu.js';
import { UndoDialog } from './undo_list.js';

const DIALOGS = { limit: LimitDialog, priority: PriorityDialog, rename: RenameDialog, clear: ClearDialog, help: HelpDialog, undo: UndoDialog };

/** Once in the page, over the view. */
export function Hands() {
  useEffect(() => {
    document.addEventListener('keydown', handleKey);
    return () => document.removeEventListener('keydown', handleKey);
  }, []);
  const open = dialog.value;
  return html`<${SelectionBar} />
    <${ContextMenu} />
    <${DragPicture} />
    ${open && html`<${DIALOGS[open.name]} key=${open} targets=${open.targets} />`}`;
}

/** Undo, what has ended, notifications, keys. */
export function MoreButton() {
  const open = (/** @type {MouseEvent} */ event) => openItems(/** @type {Element} */ (event.currentTarget), t('hands.page_menu'), items());
  return html`<button type="button" class="icon-button" aria-haspopup="menu" aria-label=${t('hands.page_menu')} title=${t('hands.page_menu')} onClick=${open}>
    <${Icon} name="ellipsis-vertical" />
  </button>`;
}

/** @returns {import('./menu.js').Item[]} */
function items() {
  return [
    { name: 'undo', icon: 'undo-2', group: 0, key: 'u', label: t('hands.undo_list'), run: () => openDialog('undo') },
    { name: 'clear', icon: 'list-checks', group: 0, label: t('hands.clear'), run: () => openDialog('clear') },
    { name: 'notify', icon: 'bell', group: 1, label: t('hands.notify'), checked: notifying.value === 'on', run: toggleNotifications },
    { name: 'help', icon: 'keyboard', group: 1, key: '?', label: t('hands.help'), run: () => openDialog('help') },
  ];
}

async function toggleNotifications() {
  if (notifying.value === 'on') turnOffNotifications();
  else await turnOnNotifications();
  const now = notifying.value;
  notify(now === 'on' || now === 'off' ? 'info' : 'error', t(`hands.notify.${now}`), { stays: false });
}
