import { idleScenarios, startScenario } from './memory.ts';
import { requestScenarios } from './requests.ts';
import type { Scenario } from './scenario.ts';
import { tableScenarios } from './tables.ts';

export const scenarios: readonly Scenario[] = [...requestScenarios, ...idleScenarios, startScenario, ...tableScenarios];
