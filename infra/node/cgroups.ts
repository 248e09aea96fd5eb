import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = '/sys/fs/cgroup';
const pollMs = 50;
const removeDeadlineMs = 10_000;

/** Makes the cgroups below which pods run: one of that name in each hierarchy (cgroup v1). */
export async function createCgroups(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const group = join(hierarchy, name);
    await mkdir(group, { recursive: true });
    // Empty in a new group, which then takes no process.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!existsSync(join(group, file))) continue;
      await writeFile(join(group, file), await readFile(join(hierarchy, file)));
    }
  }
}

/** Removes them, and all below them; their processes must have been killed. Those in use after ten seconds stay. */
export async function removeCgroups(name: string): Promise<void> {
  const deadline = performance.now() + removeDeadlineMs;
  for (;;) {
    for (const group of await findCgroups(name)) await removeTree(group);
    if ((await findCgroups(name)).length === 0 || performance.now() >= deadline) return;
    await delay(pollMs);
  }
}

export async function findCgroups(name: string): Promise<readonly string[]> {
  const groups = (await hierarchies()).map((hierarchy) => join(hierarchy, name));
  return groups.filter((group) => existsSync(group));
}

async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  await rmdir(group).catch(() => {
    // Its last process is still ending, or the kernel has removed it; the caller looks again.
  });
}

/** Controllers that share a hierarchy are links to it. */
async function hierarchies(): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
}
