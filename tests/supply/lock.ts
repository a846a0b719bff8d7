// What package.json and package-lock.json say, and what this house demands of them: exact versions, a checksum for every
// package, and no install script that is not on the list.

export interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}

export interface Lock {
  /** By place: `node_modules/a`, `node_modules/a/node_modules/b`; the project itself is ''. */
  packages: Readonly<Record<string, Locked>>;
}

export interface Manifest {
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  overrides?: Readonly<Record<string, unknown>>;
  allowScripts?: Readonly<Record<string, boolean>>;
}

/** `node_modules/a/node_modules/@b/c` → `@b/c`. */
export const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 13);

/** Every package of the lock file, without the project itself. */
export const placesOf = ({ packages }: Lock): [place: string, of: Locked][] =>
  Object.entries(packages).filter(([place]) => place !== '');

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const REGISTRY = 'https://registry.npmjs.org/';

/** What is asked for by a range, an address or a tag, or got another version in the lock file. */
export function unpinned(manifest: Manifest, lock: Lock): string[] {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
  const faults = Object.entries(wanted)
    .filter(
      ([name, version]) => !EXACT.test(version) || lock.packages[`node_modules/${name}`]?.version !== version,
    )
    .map(([name, version]) => `${name}: "${version}" is not an exact version, or not the locked one`);
  const overridden = Object.entries(manifest.overrides ?? {})
    .filter(([, version]) => typeof version !== 'string' || !EXACT.test(version))
    .map(([name]) => `${name}: overridden by something that is not an exact version`);
  return [...faults, ...overridden];
}

/** Packages without a SHA-512 checksum, or from somewhere else than the registry. */
export const unchecked = (lock: Lock): string[] =>
  placesOf(lock)
    .filter(
      ([, { integrity, resolved }]) =>
        !integrity?.startsWith('sha512-') || (resolved !== undefined && !resolved.startsWith(REGISTRY)),
    )
    .map(([place]) => `${place}: no SHA-512 checksum, or not from ${REGISTRY}`);

/** Install scripts that are not allowed, that a shipped package has, and names on the list that need none. */
export function installScripts(manifest: Manifest, lock: Lock): string[] {
  const allowed = new Set(
    Object.keys(manifest.allowScripts ?? {}).filter((name) => manifest.allowScripts![name]),
  );
  const having = placesOf(lock).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = new Set(having.map(([place]) => nameOf(place)));
  return [
    ...having
      .filter(([place]) => !allowed.has(nameOf(place)))
      .map(([place]) => `${place}: has an install script and is not in allowScripts`),
    ...having
      .filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional)
      .map(([place]) => `${place}: has an install script and is not only for development`),
    ...[...allowed]
      .filter((name) => !names.has(name))
      .map((name) => `${name}: in allowScripts, but has no install script`),
  ];
}
