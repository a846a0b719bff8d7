// Generates the protobuf code from proto/ into src/server/gen (never committed, never edited).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';

const protos = readdirSync('proto').filter((f) => f.endsWith('.proto'));
const hash = createHash('sha256');
for (const file of [...protos.map((f) => `proto/${f}`), 'buf.gen.yaml', 'package.json'])
  hash.update(readFileSync(file));
const stamp = hash.digest('hex');
const stampFile = 'src/server/gen/.stamp';

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  const path = `${process.cwd()}/node_modules/.bin:${process.env.PATH ?? ''}`;
  const run = spawnSync('buf', ['generate'], { stdio: 'inherit', env: { ...process.env, PATH: path } });
  if (run.status !== 0) {
    console.error('buf generate failed');
    process.exit(run.status ?? 1);
  }
  mkdirSync('src/server/gen', { recursive: true });
  writeFileSync(stampFile, stamp);
}
