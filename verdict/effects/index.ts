/**
 * The ledger of any service: a team hands in an adapter that says what was attempted, stored and effected, and gets a
 * verdict. The ledger of orders (../ledger) knows more witnesses and scales to millions; this one knows nothing of orders.
 */
export {
  type Attempt,
  checkEffects,
  type Effect,
  type EffectsFinding,
  type EffectsReport,
  type EffectsRule,
  type LedgerAdapter,
  type Stored,
} from './check.ts';
