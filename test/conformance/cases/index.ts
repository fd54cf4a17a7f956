/** Every case file; what is not listed here does not run. */
import type { CaseFile } from '../case.ts';
import { http1Requests } from './http1-requests.ts';

export const caseFiles: readonly CaseFile[] = [http1Requests];
