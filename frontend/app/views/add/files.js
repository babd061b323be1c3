/** Addresses from files: chosen, dropped, or pasted from the clipboard. An exported queue is taken in as it is. */
import { html, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { importQueue } from '../../exchange.js';
import { notify } from '../../notices.js';
import { Icon } from '../parts.js';
import { FILE_KINDS, appended, readAddresses, readFile } from './addresses.js';
import { draft, typeAddresses } from './draft.js';

const LARGEST_BYTES = 32_000_000;

/** @param {Iterable<File>} files */
async function take(files) {
  for (const file of files) {
    if (file.size > LARGEST_BYTES) {
      notify('error', t('add.file_large', { name: file.name }));
      continue;
    }
    const { addresses, isQueue } = readFile(await file.text());
    if (isQueue) await importQueue(file);
    else takeAddresses(addresses, file.name);
  }
}

/** @param {string[]} addresses @param {string} name of the file */
function takeAddresses(addresses, name) {
  if (addresses.length === 0) return notify('error', t('add.file_empty', { name }), { stays: false });
  const { text, count } = appended(draft.peek().urls, addresses);
  typeAddresses(text);
  notify('info', t('add.file_read', { name, count }));
}

/** What makes an element take files and links that are dropped on it. */
export function useDrop() {
  const isOver = useSignal(false);
  const handlers = {
    onDragOver: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      isOver.value = true;
    },
    onDragLeave: (/** @type {any} */ event) => {
      if (!event.currentTarget.contains(event.relatedTarget)) isOver.value = false;
    },
    onDrop: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      isOver.value = false;
      const { files } = /** @type {DataTransfer} */ (event.dataTransfer);
      if (files.length > 0) return void take(files);
      const text = event.dataTransfer?.getData('text/uri-list') || event.dataTransfer?.getData('text/plain') || '';
      typeAddresses(appended(draft.peek().urls, readAddresses(text)).text);
    },
  };
  return { isOver: isOver.value, handlers };
}

/** A button that opens the browser's own dialog. */
export function FileChoice() {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const taken = async () => {
    if (!field.current?.files) return;
    await take([...field.current.files]);
    field.current.value = '';
  };
  return html`<p class="add-file">
    <button type="button" class="button small" onClick=${() => field.current?.click()}><${Icon} name="file-text" />${t('add.file')}</button>
    <span class="hint">${t('add.file_hint')}</span>
    <input ref=${field} hidden type="file" multiple accept=${FILE_KINDS} data-testid="file" onChange=${taken} />
  </p>`;
}
