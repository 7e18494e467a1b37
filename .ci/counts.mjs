// node counts.mjs RESULTS STATUS: "N passed, N failed" from vitest's JSON report and the exit status of the tests.
// A check or a test file that failed without a failing test counts as one.
import { existsSync, readFileSync } from 'node:fs';

const [results, status] = process.argv.slice(2);
const { passed, failed } = existsSync(results) ? count(JSON.parse(readFileSync(results, 'utf8'))) : nothing();
console.log(`${passed} passed, ${status === '0' ? failed : Math.max(failed, 1)} failed`);

function count({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status: outcome, assertionResults }) =>
      outcome === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

function nothing() {
  return { passed: 0, failed: 0 };
}
