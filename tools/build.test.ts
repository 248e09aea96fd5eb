import { expect, test } from 'vitest';
import { explainFailure, parseGoVersion } from './build.ts';
import { programs } from './programs.ts';

const { build } = programs.k6;

test('tells a Go that is new enough from one that is not', () => {
  expect(parseGoVersion('go version go1.26.8 linux/amd64')).toEqual({ text: '1.26.8', isEnough: true });
  expect(parseGoVersion('go version go1.27rc1 linux/arm64')).toEqual({ text: '1.27rc1', isEnough: true });
  expect(parseGoVersion('go version go2.0 linux/arm64')?.isEnough).toBe(true);
  expect(parseGoVersion('go version go1.25.11 linux/amd64')).toEqual({ text: '1.25.11', isEnough: false });
  expect(parseGoVersion('go version devel go1.27-9ab3a1 linux/amd64')?.isEnough).toBe(true);
  expect(parseGoVersion('gopher 3')).toBeUndefined();
});

test.each([
  ['disk-full', 'write /tmp/go-build1/b001/pkg.a: no space left on device'],
  ['checksum-mismatch', 'verifying example.com/a@v1.0.0: checksum mismatch'],
  ['checksum-mismatch', 'main.go:4:2: missing go.sum entry for module providing package example.com/a'],
  ['download-failed', 'go: example.com/a@v1.0.0: Get "https://proxy.example/a": dial tcp: lookup failed'],
  ['download-failed', 'reading https://proxy.example/a/@v/v1.0.0.zip: 503 Service Unavailable'],
  ['compile-failed', './main.go:5:2: undefined: missing'],
])('names the cause %s', (code, output) => {
  const error = explainFailure(build, output);
  expect(error.code).toBe(code);
  expect(error.message).toContain(output);
});

test("shows the compiler's last lines without the downloads", () => {
  const downloads = Array.from({ length: 40 }, (_, index) => `go: downloading example.com/m${index} v1.0.0`);
  const complaints = Array.from({ length: 40 }, (_, index) => `main.go:${index + 1}: wrong`);
  const { message } = explainFailure(build, [...complaints, ...downloads].join('\n'));
  expect(message).toContain('main.go:40: wrong');
  expect(message).not.toContain('main.go:20: wrong');
  expect(message).not.toContain('downloading');
});
