/** Copying text. Browsers have the clipboard's interface on secure origins only, and a service in the home network is none. */

/** @param {string} text @returns {Promise<boolean>} whether it was copied */
export async function copyText(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // refused: the older way may still be allowed
    }
  }
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  before?.focus();
  return copied;
}
