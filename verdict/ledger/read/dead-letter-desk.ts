import type { DeadLetter, DeadLetterAction } from '../../../proto/gen/orders/v1/orders_pb.js';
import type { MessageRemark } from '../facts.ts';

/** Dead letters, and what operators did about them, in the order in which both were stored. */
export class DeadLetterDesk {
  /** The open ones, by sequence, without their bytes. */
  readonly letters = new Map<number, Pick<DeadLetter, 'order' | 'cause' | 'detail'>>();
  readonly discarded: { readonly order: string; readonly runId: string }[] = [];
  /** Messages that could not be read, and that an operator has taken care of: `ORDERS 7`. */
  readonly #settled = new Set<string>();

  open(sequence: number, { order, cause, detail }: DeadLetter): void {
    this.letters.set(sequence, { order, cause, detail });
  }

  act(action: DeadLetterAction): void {
    this.letters.delete(Number(action.deadLetterSequence));
    this.#settled.add(`${action.stream} ${action.streamSequence}`);
    if (action.action === 'discarded' && action.orderId !== '') {
      this.discarded.push({ order: action.orderId, runId: action.runId });
    }
  }

  isSettled({ stream, sequence }: MessageRemark): boolean {
    return this.#settled.has(`${stream} ${sequence}`);
  }
}
