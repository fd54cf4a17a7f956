/**
 * While Nuncio grows, one field that it does not support yet must not keep a whole suite from running: the smallest
 * listed part (a route, an access log, a listener, …) that its loader refuses by name is left out, and told.
 */
import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Validate } from './validate.ts';

const removable = /^(routes|virtual_hosts|access_log|clusters|listeners)\[(\d+)\]$/;
const refusal = /(static_resources\.[\w.[\]]+): (.*not supported.*|Didn't find a registered implementation.*)/;
const rounds = 8;

function pathOfPart(path: string): readonly (string | number)[] | undefined {
  const segments = path.split('.');
  const last = segments.findLastIndex((segment) => removable.test(segment));
  if (last < 0) return undefined;
  return segments.slice(0, last + 1).flatMap((segment) => {
    const [, name, index] = /^(\w+)\[(\d+)\]$/.exec(segment) ?? [];
    return name === undefined ? [segment] : [name, Number(index)];
  });
}

/** Removes the list's element at the path's end. Answers whether there was one. */
function remove(config: unknown, path: readonly (string | number)[]): boolean {
  let at: unknown = config;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<string | number, unknown>)[key];
  }
  return Array.isArray(at) && at.splice(Number(path.at(-1)), 1).length > 0;
}

/** Later elements first, so that the indices before them stay right. */
function byIndexDown(left: readonly (string | number)[], right: readonly (string | number)[]): number {
  return right.length - left.length || Number(right.at(-1)) - Number(left.at(-1));
}

function trimOnce(config: unknown, output: string, told: string[]): boolean {
  const parts = new Map<string, readonly (string | number)[]>();
  for (const line of output.split('\n')) {
    const [, path = '', reason = ''] = refusal.exec(line) ?? [];
    const part = pathOfPart(path);
    if (part === undefined) continue;
    parts.set(part.join('.'), part);
    told.push(`${path}: ${reason}`);
  }
  return [...parts.values()]
    .sort(byIndexDown)
    .map((part) => remove(config, part))
    .includes(true);
}

/**
 * Makes the configuration file one that the loader takes. Answers what was left out; rejects with the loader's words when
 * it refuses what cannot be left out.
 */
export async function trimConfig(path: string, text: string, validate: Validate): Promise<readonly string[]> {
  const told: string[] = [];
  let config: unknown;
  for (let round = 0; round < rounds; round++) {
    const { code, output } = await validate(path);
    if (code === 0) return told;
    config ??= parse(text);
    if (!trimOnce(config, output, told)) throw new Error(output.slice(0, 3000));
    await writeFile(path, JSON.stringify(config));
  }
  throw new Error(`refused still, without: ${told.join('; ')}`);
}
