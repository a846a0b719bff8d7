// The registry's advisories about the locked packages. It is the one check here that needs the network: a registry that
// does not answer is said, loudly, and proves nothing; an advisory that it names never passes.
import { spawnSync } from 'node:child_process';
import type { Lock } from './lock.ts';

export type Verdict =
  { answered: false; why: string } | { answered: true; advisories: string[]; tolerated: string[] };

/** Advisories that do not concern this project, by their address, each with the reason. */
const TOLERATED: Readonly<Record<string, string>> = {};

/** Of what only builds and tests, the grave ones count; of what ships, all. */
const GRAVE = new Set(['high', 'critical']);

interface Via {
  title: string;
  url: string;
  severity: string;
}

interface Vulnerability {
  nodes: string[];
  /** Advisories, or names of packages that have some. */
  via: (Via | string)[];
}

/**
 * What `npm audit --json` printed.
 * @param lock tells which packages are shipped
 */
export function judge(printed: string, lock: Lock, tolerated = TOLERATED): Verdict {
  let report: {
    vulnerabilities?: Record<string, Vulnerability>;
    message?: string;
    error?: { summary?: string };
  };
  try {
    report = JSON.parse(printed) as typeof report;
  } catch {
    return { answered: false, why: printed.trim().slice(0, 200) || 'npm audit printed nothing' };
  }
  if (!report.vulnerabilities)
    return { answered: false, why: report.message ?? report.error?.summary ?? 'npm audit gave no report' };
  const verdict = { answered: true as const, advisories: [] as string[], tolerated: [] as string[] };
  for (const [name, { nodes, via }] of Object.entries(report.vulnerabilities)) {
    const ships = nodes.some((place) => lock.packages[place]?.dev !== true);
    for (const one of via) {
      if (typeof one === 'string') continue; // Counted at that package.
      if (!ships && !GRAVE.has(one.severity)) continue;
      const told = `${name}: ${one.severity}: ${one.title} (${one.url})`;
      if (one.url in tolerated) verdict.tolerated.push(`${told}: ${tolerated[one.url]}`);
      else verdict.advisories.push(told);
    }
  }
  return verdict;
}

/** Asks the registry. */
export function audit(lock: Lock): Verdict {
  const args = ['audit', '--json', '--fetch-retries=1', '--fetch-timeout=20000'];
  const { stdout, error } = spawnSync('npm', args, { encoding: 'utf8', timeout: 60_000 });
  if (error) return { answered: false, why: error.message };
  return judge(stdout, lock);
}
