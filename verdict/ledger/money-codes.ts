import type { Money } from './facts.ts';

/** What a money column holds of an order: nothing yet, or a {@link MoneyCodes} code, or that sources differed. */
export const noMoney = 0;
export const mixedMoney = -1;

/** Amounts of orders end at 10^12, below this. */
const amountLimit = 2 ** 40;
const codesMax = 2 ** 12;

/**
 * Packs an amount and its currency into one number below 2^52, so that a column of doubles holds both exactly and
 * comparing two is comparing numbers.
 *
 * An amount that no order can have (negative, fractional, too large) is kept as the text of amount and currency
 * together. Beyond 4,095 different currencies and such texts, further ones share one code.
 */
export class MoneyCodes {
  readonly #codes = new Map<string, number>();
  readonly #texts: string[] = [''];

  encode(money: Money): number {
    const { amountMinor, currency } = money;
    const isOrdinary = Number.isInteger(amountMinor) && amountMinor >= 0 && amountMinor < amountLimit - 1;
    return isOrdinary
      ? this.#code(currency) * amountLimit + amountMinor
      : this.#code(`${amountMinor} ${currency}`) * amountLimit + (amountLimit - 1);
  }

  /** The text for a person: `1999 EUR`, amounts in minor units. What is no currency's code could be anything: it is not told. */
  render(code: number): string {
    if (code === noMoney) return 'no amount';
    if (code === mixedMoney) return 'several amounts';
    const amountMinor = code % amountLimit;
    const text = this.#texts[Math.floor(code / amountLimit)] ?? '';
    return tellable(amountMinor === amountLimit - 1 ? text : `${amountMinor} ${text}`);
  }

  #code(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = Math.min(this.#texts.length, codesMax - 1);
    if (code === this.#texts.length) this.#texts.push(code === codesMax - 1 ? '(other)' : text);
    this.#codes.set(text, code);
    return code;
  }
}

/** @param text an amount, a space, and whatever stood for its currency */
function tellable(text: string): string {
  const [amount = '', currency = ''] = text.split(/ (.*)/s);
  return currency === '' || /^[A-Z]{3}$/.test(currency) ? text.trimEnd() : `${amount} of no currency`;
}
