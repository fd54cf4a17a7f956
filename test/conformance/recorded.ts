/** The answers of the real Envoy, one JSON file a case file. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Recording, VerdictRecording } from './answer.ts';

function pathOf(suite: string): URL {
  return new URL(`recorded/${suite}.json`, import.meta.url);
}

export async function loadRecording<T extends Recording | VerdictRecording>(suite: string): Promise<T | undefined> {
  const text = await readFile(pathOf(suite), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

export async function saveRecording(recording: Recording | VerdictRecording): Promise<void> {
  await writeFile(pathOf(recording.suite), `${JSON.stringify(recording, undefined, 1)}\n`);
}
