/** Every case file; what is not listed here does not run. */
import type { CaseFile } from '../case.ts';
import { http1Headers } from './http1-headers.ts';
import { http1Requests } from './http1-requests.ts';
import { http1Responses } from './http1-responses.ts';

export const caseFiles: readonly CaseFile[] = [http1Requests, http1Headers, http1Responses];
