/**
 * Makes the children of an element what a piece of HTML says, changing only what differs: the focus, a selection, an open
 * `details` and what assistive technology reads stay where they are. Elements with `data-keep` belong to a script; their
 * children are left alone.
 *
 * @param {Element} element
 * @param {string} html from this page's own server
 */
export function renew(element, html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  morphChildren(element, template.content);
}

/**
 * @param {ParentNode & Node} from
 * @param {ParentNode & Node} to
 */
function morphChildren(from, to) {
  const wanted = [...to.childNodes];
  for (const [at, next] of wanted.entries()) {
    const now = from.childNodes[at];
    if (now === undefined) from.append(next);
    else if (!isAlike(now, next)) now.replaceWith(next);
    else if (now instanceof Element && next instanceof Element) morphElement(now, next);
    else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
  }
  while (from.childNodes.length > wanted.length) from.lastChild?.remove();
}

/**
 * @param {Node} now
 * @param {Node} next
 */
function isAlike(now, next) {
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) return false;
  // Not `now.id`: of a form that is its field of that name.
  return !(
    now instanceof Element &&
    next instanceof Element &&
    now.getAttribute('id') !== next.getAttribute('id')
  );
}

/**
 * @param {Element} now
 * @param {Element} next
 */
function morphElement(now, next) {
  for (const { name } of [...now.attributes]) {
    // Whether it is open is the reader's business.
    if (!next.hasAttribute(name) && name !== 'open') now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  if (next.hasAttribute('data-keep')) return;
  // What somebody has typed is not the server's either; only its first value is an attribute.
  morphChildren(now, next);
}
