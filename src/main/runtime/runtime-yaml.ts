/** Values of files and overrides are documents of YAML. What is wrong with one is told in yaml-cpp's words. */
import { YAMLException } from 'js-yaml';
import type { ReadYaml } from '../../common/runtime/text-value.ts';
import { parseYaml } from '../bootstrap/yaml.ts';

/** `yaml-cpp: error at line 1, column 5: illegal map value`. */
export class RuntimeYamlError extends Error {
  override readonly name = 'RuntimeYamlError';
}

export const readYaml: ReadYaml = (text) => {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new RuntimeYamlError(describe(text, error));
  }
};

function describe(text: string, error: YAMLException): string {
  const { reason } = error;
  const { line, column } = error.mark ?? { line: 0, column: 0 };
  const at = (position: string, message: string): string => `yaml-cpp: error at line ${position}: ${message}`;
  const here = `${line + 1}, column ${column + 1}`;
  if (reason.startsWith('unexpected end of the stream within a flow')) {
    return at('1, column 1', `end of ${openFlow(text)} flow not found`);
  }
  const alias = /^unidentified alias "(.*)"$/.exec(reason)?.[1];
  if (alias !== undefined) return at(`${line + 1}, column ${column}`, `the referenced anchor is not defined: ${alias}`);
  if (/^unexpected end of the stream within a (?:single|double) quoted/.test(reason)) {
    return at(here, 'illegal EOF in scalar');
  }
  if (reason === 'bad indentation of a mapping entry') return at(here, 'illegal map value');
  if (reason.startsWith('end of the stream or a document separator')) {
    const character = text.split('\n')[line]?.[column] ?? '';
    if ('@`'.includes(character)) return at(here, 'unknown token');
    if (']}'.includes(character)) return at(here, 'illegal flow end');
  }
  return at(here, reason);
}

/** What the innermost bracket that is open at the end opens. */
function openFlow(text: string): 'map' | 'sequence' {
  const open: string[] = [];
  for (const character of text) {
    if (character === '{' || character === '[') open.push(character);
    else if (character === '}' || character === ']') open.pop();
  }
  return open.at(-1) === '[' ? 'sequence' : 'map';
}
