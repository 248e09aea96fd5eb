import type { FaultRequests } from '../../core/fault.ts';
import type { Exchange } from './dialogue.ts';
import { createToxicKind, type EdgeMeasurement } from './toxic.ts';

/**
 * Cuts answers into small pieces with pauses between them, so that no read gets a whole message. Proven by the pieces in
 * which one of three answers comes.
 */
export const slicer = createToxicKind<FaultRequests['slicer']>({
  name: 'slicer',
  parameters: {
    pieceBytes: { unit: 'bytes', min: 1, max: 64, meaning: 'size of a piece' },
    pauseUs: { unit: 'µs', min: 1_000, max: 1_000_000, default: 2_000, meaning: 'pause between two' },
  },
  // A greeting of gRPC is smaller than a piece.
  protocols: ['http', 'otlp-http', 'nats'],
  describe: ({ pieceBytes, pauseUs }) => `slices of ${pieceBytes} bytes, ${pauseUs} µs apart,`,
  toxics: ({ pieceBytes, pauseUs }) => [
    {
      type: 'slicer',
      stream: 'downstream',
      attributes: { average_size: Number(pieceBytes), size_variation: 0, delay: Number(pauseUs) },
    },
  ],
  probe: () => ({ timeoutMs: 30_000, times: 3 }),
  judge(before, during) {
    const [whole, cut] = [mostPieces(before.through), mostPieces(during.through)];
    return {
      acted: whole > 0 && cut >= 3 && cut > 2 * whole,
      measurement: `an answer came in ${renderPieces(during.through)} (before: ${renderPieces(before.through)})`,
    };
  },
  breaksConnections: false,
});

/** Of all answers: a reader that is kept from reading finds several pieces as one. 0 when there was none. */
function mostPieces(exchanges: readonly Exchange[]): number {
  return Math.max(...exchanges.map((exchange) => (exchange.answered ? exchange.pieces : 0)));
}

function renderPieces(exchanges: EdgeMeasurement['through']): string {
  const most = mostPieces(exchanges);
  const [first] = exchanges;
  return most === 0 && !first.answered ? first.reason : `${most} pieces`;
}
