/**
 * What operators do about orders that could not be processed. The stream of dead letters is read whole (letters.ts), letters
 * are chosen (filter.ts), and either put back into the stream of orders (redrive.ts) or given up for good (discard.ts).
 *
 * Nothing is ever taken out of the stream: what was done about a letter is said by an action that stands after it
 * (actions.ts), so the stream is its own audit trail. A letter without an action is open.
 */
export { type Action, ActionError } from './actions.ts';
export { discardLetters } from './discard.ts';
export { isChosen, type LetterFilter } from './filter.ts';
export { type Letter, readLetter, readLetters } from './letters.ts';
export {
  type RedriveResult,
  type RedriveSteps,
  redriveLetters,
  storedFirst,
} from './redrive.ts';
