/**
 * What one request costs the recorder: `recorder.ts [rate] [seconds] [connections] [burst]`, against a null server in
 * a process of its own. Reports; asserts nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workloadClientId } from '../../verdict/workload.ts';
import type { RecorderProgress } from '../recorder/progress.ts';
import { defaultLimits, runRecorder } from '../recorder/run.ts';

const [rate = 10_000, durationSeconds = 10, connectionsMax = defaultLimits.connectionsMax, burstMax = 1] =
  process.argv.slice(2).map(Number);

const server = spawn(process.execPath, [fileURLToPath(new URL('null-server.ts', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const outDir = await mkdtemp(join(tmpdir(), 'stormproof-bench-'));
try {
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  let last: RecorderProgress | undefined;
  const { finished } = await runRecorder({
    urls: [`http://127.0.0.1:${port.toString().trim()}`],
    runId: 'bench',
    clientId: workloadClientId,
    rate,
    durationSeconds,
    seed: 1,
    outDir,
    limits: { connectionsMax, burstMax },
    onProgress: (progress) => {
      if (progress.p99Ms > 0) last = progress;
    },
  });
  if (finished !== undefined) {
    const cpuUsPerRequest = finished.cpuUs / finished.attempted;
    process.stdout.write(
      `${JSON.stringify({ rate, durationSeconds, connectionsMax, burstMax, ...finished, cpuUsPerRequest, last })}\n`,
    );
  }
} finally {
  server.stdin.end();
  await rm(outDir, { recursive: true });
}
