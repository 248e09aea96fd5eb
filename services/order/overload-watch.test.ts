import { describe, expect, it } from 'vitest';
import { calmMs, OverloadWatch } from './overload-watch.ts';

describe('an overload', () => {
  /** One that began at 0, in whose first second so many of a hundred were refused. */
  function begun(refused: number): OverloadWatch {
    const watch = new OverloadWatch();
    watch.begin(0);
    for (let one = 0; one < 100; one++) watch.count(one < refused);
    return watch;
  }

  it('is none before it is seen', () => {
    expect(new OverloadWatch().goesOn(0)).toBe(false);
  });

  it('goes on for a second, whatever is refused', () => {
    expect(begun(0).goesOn(calmMs - 1)).toBe(true);
  });

  it('goes on after that while a twentieth of what comes is refused', () => {
    expect([begun(5).goesOn(calmMs), begun(4).goesOn(calmMs)]).toEqual([true, false]);
  });

  it('is judged anew by each second', () => {
    const watch = begun(100);
    expect(watch.goesOn(calmMs)).toBe(true);
    for (let one = 0; one < 100; one++) watch.count(false);
    expect([watch.goesOn(2 * calmMs - 1), watch.goesOn(2 * calmMs)]).toEqual([true, false]);
  });

  it('is over when nothing came for a second', () => {
    expect(begun(100).goesOn(2 * calmMs)).toBe(false);
  });
});
