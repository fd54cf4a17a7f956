import { ConfigError } from '../../sdk/config.ts';
import type { ClusterReader } from './upstream-world.ts';

/** What is wrong with a cluster of these fields, without the places. */
export function clusterProblems(reader: ClusterReader, fields: object): string[] {
  try {
    reader.config(reader.message({ name: 'u', ...fields }));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}
