/**
 * Started by temporal-binaries.ts: `node temporal-download.ts FOLDER` leaves the Temporal CLI in FOLDER. The
 * SDK downloads it only to run it, and inside its native runtime, of which a process can have one: hence a
 * process of its own, that starts the server once and stops it. Proxies are those of the usual variables.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir] = process.argv.slice(2);
if (!downloadDir) throw new Error('usage: temporal-download.ts FOLDER');

try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir } },
  });
  await environment.teardown();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
