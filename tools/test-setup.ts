import { createBuildDisplay, ensureTools, kubernetesTools, platformTools } from './index.ts';

/** Builds what is missing before the first test with real programs starts, where no test's time limit counts it. */
export async function setup(): Promise<void> {
  const display = createBuildDisplay({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    nowMs: () => performance.now(),
  });
  try {
    const forNode = process.env.STORMPROOF_TEST_KUBERNETES === '1' ? kubernetesTools : [];
    await ensureTools([...platformTools, ...forNode], { env: process.env, onProgress: display.onProgress });
  } finally {
    display.close();
  }
}
