// Good inputs, from the vectors and transcripts of the other tests.
import { readdirSync, readFileSync } from 'node:fs';

const here = (path: string): URL => new URL(`../../${path}`, import.meta.url);

/** A vector file, as it is. */
export const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(here(`vectors/${name}.json`), 'utf8')) as T;

interface Line {
  path: string;
  res: string[];
}

/** Every answer of the real server in the transcripts: path of the RPC, message in hex. */
export function answers(): { path: string; hex: string }[] {
  return readdirSync(here('transcripts'))
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(here(`transcripts/${file}`), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { path, res } = JSON.parse(line) as Line;
      return res.slice(0, 3).map((hex) => ({ path, hex }));
    });
}
