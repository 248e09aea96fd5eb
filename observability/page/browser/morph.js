/**
 * Makes the children of an element what a piece of HTML says, changing only what differs: the focus, a selection, an open
 * `details` and what assistive technology reads stay where they are. Elements with `data-keep` belong to a script; their
 * children are left alone. Rows with a `data-key` are matched by it, others by their place.
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
  const wantedKeys = new Set(wanted.map(keyOf));
  // What nobody wants any more goes first, so that what follows it need not be moved: that would take the focus away.
  for (const child of [...from.children]) {
    const key = keyOf(child);
    if (key !== null && !wantedKeys.has(key)) child.remove();
  }
  for (const [at, next] of wanted.entries()) {
    place(from, at, next);
    const now = from.childNodes[at];
    if (now === undefined) from.append(next);
    else if (!isAlike(now, next)) {
      if (keyOf(now) === null) now.replaceWith(next);
      else from.insertBefore(next, now);
    } else if (now instanceof Element && next instanceof Element) morphElement(now, next);
    else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
  }
  while (from.childNodes.length > wanted.length) from.lastChild?.remove();
}

/**
 * Brings the child that is the same thing as `next` to its place, if there is one.
 *
 * @param {ParentNode & Node} from
 * @param {number} at
 * @param {Node} next
 */
function place(from, at, next) {
  const key = keyOf(next);
  const there = from.childNodes[at];
  if (key === null || there === undefined || keyOf(there) === key) return;
  const same = [...from.children].find((child) => keyOf(child) === key);
  if (same !== undefined) from.insertBefore(same, there);
}

/**
 * What a row is about, whatever its place: `data-key`, once among its siblings.
 *
 * @param {Node} node
 */
function keyOf(node) {
  return node instanceof Element ? node.getAttribute('data-key') : null;
}

/**
 * @param {Node} now
 * @param {Node} next
 */
function isAlike(now, next) {
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) return false;
  if (keyOf(now) !== keyOf(next)) return false;
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
