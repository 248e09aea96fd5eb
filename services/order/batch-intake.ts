/** Bounds the bytes of the bodies that are being read, however many connections bring them. */
export type Intake<Request extends object> = {
  /**
   * Makes room for a body of up to that many bytes. Who got it calls {@link leave} when the body is read or will not come.
   *
   * @returns false when there is no room: then the body must not be read
   */
  enter(request: Request, bytes: number): boolean;
  /** Gives the room back; does nothing for a request that has none. */
  leave(request: Request): void;
};

export function createIntake<Request extends object>(bytesMax: number): Intake<Request> {
  const reading = new Map<Request, number>();
  /** The sum of `reading`. */
  let bytesReading = 0;
  return {
    enter(request, bytes) {
      if (bytesReading + bytes > bytesMax) return false;
      bytesReading += bytes;
      reading.set(request, bytes);
      return true;
    },
    leave(request) {
      bytesReading -= reading.get(request) ?? 0;
      reading.delete(request);
    },
  };
}
