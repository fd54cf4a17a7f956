import type { FollowedContents } from '../../sdk/config.ts';

/** What main has read of a followed file, by the key of src/common/followed. */
export type FollowedSnapshot = FollowedContents;

export const FOLLOWED_SLOT = 'followed';
