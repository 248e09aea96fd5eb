/** The service stops; the group stays unacknowledged, so that JetStream delivers it again. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';

  constructor() {
    super('the service is shutting down');
  }
}
