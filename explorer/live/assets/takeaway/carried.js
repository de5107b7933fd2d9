/** What a page brings along by itself (explorer/takeaway): packets and stylesheets that come from no server. */

/**
 * The bytes of a packet that stands in the page; null where it must be fetched.
 * @param {string} packet
 * @returns {Promise<ArrayBuffer> | null}
 */
export function carried(packet) {
  const found = document.querySelector(`script[data-packet="${CSS.escape(packet)}"]`);
  return found && unpacked(found.textContent ?? "");
}

/**
 * Whether a stylesheet stands in the page; it is put behind those that came before, so that it overrules them.
 * @param {string} file
 */
export function carriesStyles(file) {
  const found = document.querySelector(`style[data-styles="${CSS.escape(file)}"]`);
  if (found) document.head.append(found);
  return found !== null;
}

/**
 * @param {string} text gzip in base64
 * @returns {Promise<ArrayBuffer>}
 */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
