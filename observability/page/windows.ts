/** How far a page may look back, in seconds. */
export const windows = [900, 3_600, 21_600, 86_400] as const;
export type WindowSeconds = (typeof windows)[number];
/** As `stormproof slo status` does by default. */
export const defaultWindow: WindowSeconds = 3_600;
