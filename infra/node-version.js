const majorMin = 24;

/**
 * Plain JavaScript that any Node.js can read: the rest of the program is TypeScript, which an older one stumbles over.
 *
 * @param {string} version as `process.versions.node` spells it
 * @param {string} path where that Node.js is
 * @returns {string | undefined} what to tell a person whose Node.js is too old
 */
export function complaintAboutNode(version, path) {
  const [major] = version.split('.');
  if (Number(major) >= majorMin) return undefined;
  return (
    `Node.js ${majorMin} or newer is needed, and Pulumi found ${version} (${path}) on PATH.\n` +
    'The packages of this repository bring one: run "./stormproof doctor" once, then\n' +
    '  PATH="$PWD/node_modules/.bin:$PATH" pulumi up'
  );
}
