import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCanaries, findCanariesBelow } from './fixtures/canaries.ts';

const canary = { what: 'the customer', text: 'Xq3canaryCustomerK9' };
const { text } = canary;

test.each([
  ['itself', `{"customer_id":"${text}"}`],
  ['hex', Buffer.from(text).toString('hex')],
  ['bytes', JSON.stringify(Buffer.from(`before ${text} after`))],
  ['Base64 (0)', Buffer.from(`${text} after`).toString('base64')],
  ['Base64 (1)', Buffer.from(`beef${text} after`).toString('base64')],
  ['Base64 (2)', Buffer.from(`befor${text}.`).toString('base64')],
])('a leak as %s is found', (as, content) => {
  expect(findCanaries([canary], 'a log', content)).toEqual([{ what: 'the customer', where: 'a log', as }]);
});

test('what is no canary is none', () => {
  expect(findCanaries([canary], 'a log', `${text.slice(1)} ${text.slice(0, -1)}`)).toEqual([]);
});

test('files that may hold customers are left out, others are read to the end, and names count', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'canaries-'));
  try {
    await mkdir(join(directory, 'ledger'));
    await writeFile(join(directory, 'ledger', 'orders'), text);
    await writeFile(join(directory, 'a.log'), `${'-'.repeat(4 * 1024 * 1024 - 5)}${text}`);
    await writeFile(join(directory, `${text}.json`), '');
    const isOwed = (path: string) => path.startsWith(join(directory, 'ledger'));
    const { leaks, files } = await findCanariesBelow(directory, [canary], isOwed);
    expect(files).toBe(2);
    expect(leaks.map(({ where }) => where.slice(where.lastIndexOf('/') + 1)).sort()).toEqual([
      `${text}.json`,
      'a.log',
    ]);
    expect((await findCanariesBelow(directory, [canary], () => false)).leaks).toHaveLength(3);
  } finally {
    await rm(directory, { recursive: true });
  }
});
