import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';

/** What a rule judges; connections have no headers. */
export interface RbacInput {
  readonly headers: RequestHeaderMap | undefined;
  readonly streamInfo: StreamInfo;
  /** `ignore_path_parameters_in_path_matching` of the routes: rules for paths see what routes are matched by. */
  readonly ignorePathParameters?: boolean;
}

export type Rule = (input: RbacInput) => boolean;

export const never: Rule = () => false;
