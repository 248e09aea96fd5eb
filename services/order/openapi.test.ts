import { expect, it } from 'vitest';
import { renderOpenApi } from './openapi.ts';

type Document = {
  readonly security?: object;
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { headers?: object }> }>
  >;
};

it('asks for a key where clients have some, and nowhere else', () => {
  expect((renderOpenApi({ isClosed: true }) as Document).security).toEqual([{ clientKey: [] }]);
  expect((renderOpenApi({ isClosed: false }) as Document).security).toBeUndefined();
});

it('declares what a client is told that is not let in, of each operation', () => {
  const { paths } = renderOpenApi({ isClosed: true }) as Document;
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    expect(operation.responses).toMatchObject({ 401: {}, 403: {}, 429: {} });
    expect(Object.keys(operation.responses['429']?.headers ?? {})).toEqual([
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
    ]);
  }
});
