/** Configurations to start from: those of the conformance cases, and YAML files of a folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonInput } from '../../../src/common/proto/json-value.ts';
import { parseYaml } from '../../../src/main/bootstrap/yaml.ts';
import type { VerdictRecording } from '../../conformance/answer.ts';
import { caseFiles } from '../../conformance/cases/index.ts';
import { loadRecording } from '../../conformance/recorded.ts';

export interface Seed {
  readonly name: string;
  readonly document: JsonInput;
}

function filled(text: string): string {
  return text.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => {
    if (name === 'folder') return '/tmp';
    return name.startsWith('log.') ? '/dev/null' : '0';
  });
}

/** Undefined for what is no YAML. */
function seedOf(name: string, text: string): Seed[] {
  try {
    return [{ name, document: parseYaml(filled(text)) }];
  } catch {
    return [];
  }
}

/** Suites, and the rows of verdict tables that Envoy takes. */
export async function conformanceSeeds(): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const file of caseFiles) {
    if (file.kind === 'traffic') {
      seeds.push(...seedOf(file.name, file.config));
      continue;
    }
    const recording = await loadRecording<VerdictRecording>(file.name);
    const good = file.configs.filter(
      ({ name, format }) => format === undefined && recording?.verdicts[name]?.verdict === 'accept',
    );
    for (const { name, config } of good) seeds.push(...seedOf(`${file.name}/${name}`, config));
  }
  return seeds;
}

export async function folderSeeds(folder: string): Promise<Seed[]> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
  const texts = await Promise.all(names.map(async (name) => seedOf(name, await readFile(join(folder, name), 'utf8'))));
  return texts.flat();
}
