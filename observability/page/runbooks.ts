import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A page of docs/runbooks. */
export type Runbook = {
  /** Of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
};

/** Reads the runbooks of a directory, by name; none where there is no such directory, as in an image without docs. */
export async function readRunbooks(directory: string): Promise<readonly Runbook[]> {
  let files: string[];
  try {
    files = await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return Promise.all(
    files
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map(async (file) => {
        const text = await readFile(join(directory, file), 'utf8');
        return { name: file.slice(0, -3), title: /^# (.+)$/m.exec(text)?.[1] ?? file, text };
      }),
  );
}
