import type { FaultRequests } from '../../core/fault.ts';
import type { Exchange } from './dialogue.ts';
import { createToxicKind } from './toxic.ts';

/**
 * Cuts answers into small pieces with pauses between them, so that no read gets a whole message. Proven by the pieces in
 * which one answer comes.
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
  probe: () => ({ timeoutMs: 30_000 }),
  judge({ through: [before] }, { through: [during] }) {
    return {
      acted: before.answered && during.answered && during.pieces >= 3 && during.pieces > 2 * before.pieces,
      measurement: `an answer came in ${renderPieces(during)} (before: ${renderPieces(before)})`,
    };
  },
  breaksConnections: false,
});

function renderPieces(exchange: Exchange): string {
  return exchange.answered ? `${exchange.pieces} pieces` : exchange.reason;
}
