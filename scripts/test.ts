// npm test: every check of the house, one after the other, and one closing line `N passed, N failed`.
// `npm test -- unit vectors` runs only the named stages.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Counts {
  passed: number;
  failed: number;
  /** What a stage says that it could not check, in its own words. */
  notRun?: string[];
}

interface Stage {
  name: string;
  command: string[];
  /** How the stage's result is counted: its exit code, its own closing line, or vitest's JSON report. */
  count: 'exit' | 'line' | 'vitest';
}

const stages: Stage[] = [
  { name: 'types', command: ['npm', 'run', '-s', 'test:types'], count: 'exit' },
  { name: 'lint', command: ['npm', 'run', '-s', 'test:lint'], count: 'exit' },
  { name: 'deps', command: ['npm', 'run', '-s', 'test:deps'], count: 'exit' },
  { name: 'unused', command: ['npm', 'run', '-s', 'test:unused'], count: 'exit' },
  { name: 'unit', command: ['npx', 'vitest', 'run', '--project', 'unit'], count: 'vitest' },
  { name: 'vectors', command: ['npm', 'run', '-s', 'test:vectors'], count: 'line' },
  { name: 'transcripts', command: ['npm', 'run', '-s', 'test:transcripts'], count: 'line' },
  {
    name: 'integration',
    command: ['npx', 'vitest', 'run', '--project', 'integration', '--maxWorkers=2'],
    count: 'vitest',
  },
  { name: 'fuzz', command: ['npm', 'run', '-s', 'fuzz', '--', '20'], count: 'line' },
  { name: 'build', command: ['npm', 'run', '-s', 'build'], count: 'exit' },
  { name: 'size', command: ['npm', 'run', '-s', 'test:size'], count: 'exit' },
  { name: 'supply', command: ['npm', 'run', '-s', 'test:supply'], count: 'line' },
  { name: 'e2e', command: ['npm', 'run', '-s', 'test:e2e'], count: 'line' },
];

function run(command: string[]): Promise<{ code: number; output: string }> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (e) => resolve({ code: 127, output: String(e) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The last `N passed, N failed` of a stage's output; a stage that printed none has not run its tests. */
function closingLine(output: string): Counts | undefined {
  const found = [...output.matchAll(/^(?:\S+: )?(\d+) passed, (\d+) failed/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]) };
}

async function runStage(stage: Stage): Promise<Counts> {
  if (stage.count === 'vitest') {
    const dir = mkdtempSync(join(tmpdir(), 'skiff-vitest-'));
    const report = join(dir, 'report.json');
    const { code } = await run([
      ...stage.command,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile=${report}`,
    ]);
    try {
      const json = JSON.parse(readFileSync(report, 'utf8')) as {
        numPassedTests: number;
        numFailedTests: number;
        numFailedTestSuites: number;
      };
      const failed = json.numFailedTests || json.numFailedTestSuites || (code === 0 ? 0 : 1);
      return { passed: json.numPassedTests, failed };
    } catch {
      return { passed: 0, failed: 1 };
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
  const { code, output } = await run(stage.command);
  if (stage.count === 'exit') return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counts = closingLine(output);
  if (counts) counts.notRun = output.match(/^NOT RUN .*$/gm) ?? [];
  if (!counts || counts.passed === 0) return { passed: 0, failed: Math.max(1, counts?.failed ?? 0) };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((w) => !stages.some((s) => s.name === w));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(', ')}; there are ${stages.map((s) => s.name).join(', ')}`);
  process.exit(2);
}

// Every transaction that a devnet of these tests accepts is written down; `npm run conformance` shows them all to
// Bitcoin Core's consensus code.
const dump = resolve('artifacts', 'transactions.jsonl');
mkdirSync('artifacts', { recursive: true });
if (wanted.length === 0) rmSync(dump, { force: true });
process.env.SKIFF_TX_DUMP = dump;

const rows: string[] = [];
const notRun: string[] = [];
const total: Counts = { passed: 0, failed: 0 };
for (const stage of stages.filter((s) => wanted.length === 0 || wanted.includes(s.name))) {
  console.log(`\n── ${stage.name}`);
  const start = performance.now();
  const counts = await runStage(stage);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  rows.push(`${stage.name.padEnd(12)} ${counts.passed} passed, ${counts.failed} failed (${seconds} s)`);
  total.passed += counts.passed;
  total.failed += counts.failed;
  notRun.push(...(counts.notRun ?? []));
}
console.log(`\n${[...rows, ...notRun].map((r) => `  ${r}`).join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
