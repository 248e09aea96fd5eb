/** The largest amount of one order, in minor units: far beyond any order, far below 2^53. */
export const amountMinorMax = 1_000_000_000_000;

/**
 * Active ISO 4217 codes (list one of the standard, funds and precious metals left out), by the number of
 * decimal digits of their minor unit.
 */
const codesByDigits: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF ' +
    'CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ' +
    'IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR ' +
    'MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD ' +
    'SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ' +
    'ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const digitsByCode: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByDigits).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

/** Every currency an order may be in. */
export const currencies: readonly string[] = [...digitsByCode.keys()].sort();

export function isCurrency(code: string): boolean {
  return digitsByCode.has(code);
}

/**
 * The amount in major units, as readers of the original schema expect it in `total_amount`: the double
 * nearest to minor / 10^digits, so that writer and reader can compare for equality.
 *
 * @throws RangeError when the currency is unknown
 */
export function toMajorUnits(amountMinor: number, currency: string): number {
  const digits = digitsByCode.get(currency);
  if (digits === undefined) throw new RangeError(`unknown currency ${JSON.stringify(currency)}`);
  return amountMinor / 10 ** digits;
}
