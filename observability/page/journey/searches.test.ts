import { expect, it } from 'vitest';
import type { OrderSearch } from './find.ts';
import { BusyError, createSearches } from './searches.ts';

const nothing: OrderSearch = { waterfalls: [], failures: [] };

/** Searches that end when they are told to. */
function createStage(result: OrderSearch = nothing) {
  let nowMs = 0;
  const asked: string[] = [];
  const ends: (() => void)[] = [];
  const searches = createSearches({
    nowMs: () => nowMs,
    find: (id) => {
      asked.push(id);
      return new Promise((resolve) => ends.push(() => resolve(result)));
    },
  });
  return {
    ...{ searches, asked },
    end: () => {
      for (const end of ends.splice(0)) end();
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('asks once for all who look for the same order, and not again for some seconds', async () => {
  const { searches, asked, end, pass } = createStage();
  const both = Promise.all([searches.find('a'), searches.find('a')]);
  end();
  await both;
  pass(4_999);
  await searches.find('a');
  expect(asked).toEqual(['a']);
  pass(1);
  const again = searches.find('a');
  end();
  await again;
  expect(asked).toEqual(['a', 'a']);
});

it('asks again at once when somebody could not be asked', async () => {
  const { searches, asked, end } = createStage({ waterfalls: [], failures: ['Jaeger is gone'] });
  for (let times = 0; times < 2; times++) {
    const found = searches.find('a');
    end();
    expect((await found).failures).toEqual(['Jaeger is gone']);
  }
  expect(asked).toEqual(['a', 'a']);
});

it('refuses what would be a search too many, and takes it again when one has ended', async () => {
  const { searches, end } = createStage();
  const running = Promise.all(['a', 'b', 'c', 'd'].map((id) => searches.find(id)));
  await expect(searches.find('e')).rejects.toThrow(BusyError);
  end();
  await running;
  const later = searches.find('e');
  end();
  await expect(later).resolves.toBe(nothing);
});
