/** One entry of a tar archive; paths are relative, with `/` between names and at the end of a directory's. */
export type TarEntry = { readonly path: string; readonly mode: number } & (
  | { readonly type: 'file'; readonly size: number; readonly content: () => AsyncIterable<Buffer> }
  | { readonly type: 'directory' }
  | { readonly type: 'link'; readonly to: string }
);

const blockBytes = 512;
const fileBytesMax = 8 ** 11 - 1;
const typeFlags = { file: '0', link: '2', directory: '5', pax: 'x' } as const;

/**
 * A tar archive as POSIX.1-2001 (pax) defines it, in pieces. Everything belongs to root and is as old as the epoch, so
 * that equal entries give equal bytes.
 *
 * @throws Error when a file's content is not as long as its entry says
 */
export async function* tar(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield* extendedHeader(entry);
    const size = entry.type === 'file' ? entry.size : 0;
    yield header(typeFlags[entry.type], { ...entry, size, linkTo: linkOf(entry) });
    if (entry.type !== 'file') continue;
    let written = 0;
    for await (const piece of entry.content()) {
      written += piece.length;
      yield piece;
    }
    if (written !== size) throw new Error(`${entry.path} has ${written} bytes instead of ${size}`);
    yield padding(size);
  }
  yield Buffer.alloc(2 * blockBytes);
}

/** A file's entry from text. */
export function textEntry(path: string, text: string, mode = 0o644): TarEntry {
  const bytes = Buffer.from(text);
  return {
    path,
    mode,
    type: 'file',
    size: bytes.length,
    async *content() {
      yield bytes;
    },
  };
}

function linkOf(entry: TarEntry): string {
  return entry.type === 'link' ? entry.to : '';
}

/** What does not fit into the fields of the header proper: names longer than 100 bytes or outside of ASCII. */
async function* extendedHeader(entry: TarEntry): AsyncGenerator<Buffer> {
  const records = [
    ...(fits(entry.path) ? [] : [record('path', entry.path)]),
    ...(fits(linkOf(entry)) ? [] : [record('linkpath', linkOf(entry))]),
  ].join('');
  if (records === '') return;
  const size = Buffer.byteLength(records);
  yield header(typeFlags.pax, { path: 'pax', mode: 0o644, size, linkTo: '' });
  yield Buffer.from(records);
  yield padding(size);
}

function fits(name: string): boolean {
  return name.length <= 100 && Buffer.byteLength(name) === name.length;
}

/** A record says its own length in bytes, the digits of that length included. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function header(
  typeFlag: string,
  fields: { readonly path: string; readonly mode: number; readonly size: number; readonly linkTo: string },
): Buffer {
  if (fields.size > fileBytesMax) throw new Error(`${fields.path} is too big for a tar archive`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  block.write(fields.path, 0, 100);
  block.write(octal(fields.mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(fields.size, 11), 124);
  block.write(octal(0, 11), 136);
  // The checksum is taken over a header that has blanks in its place.
  block.write(' '.repeat(8), 148);
  block.write(typeFlag, 156);
  block.write(fields.linkTo, 157, 100);
  block.write('ustar\x0000', 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)}\x00 `, 148);
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}
